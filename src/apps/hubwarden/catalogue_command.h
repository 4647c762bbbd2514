#pragma once

// `hubwarden catalogue`: what GitHub's operations are called and what they need. Asks nobody: all of it is
// compiled in.
//
// Data on stdout, complaints on stderr. Each returns the exit status.

#include <string>
#include <vector>

namespace hubwarden::apps {

struct CatalogueFilter {
  enum class Access { kAny, kRead, kWrite };

  Access access = Access::kAny;
  std::string permission;  // needs it at some level in one of its alternatives; empty: any
  std::string category;    // GitHub's chapter; empty: any
  bool json = false;
};

// One line for each. 2 for a permission or a category that no operation has: nothing would be found for a
// slip.
int list_operations(const CatalogueFilter& filter);

struct WantedOperation {
  std::vector<std::string> name;  // an id, a short name, or a method and a path, which may be a template
  bool json = false;
};

// 1 if there is no such operation.
int show_operation(const WantedOperation& wanted);

}  // namespace hubwarden::apps

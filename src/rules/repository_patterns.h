#pragma once

// The repositories that a rule is about.
//
//   repositories: [acme/*, "!acme/secrets-*", "{repository}"]
//
// Those that a pattern matches and none with `!` does; one with `!` and an attribute that the caller has not
// takes all away. Names are compared without regard to case, as GitHub does. No pattern, no repository. A
// value; pure.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "policy/attributes.h"
#include "policy/glob.h"
#include "policy/names.h"

namespace hubwarden::rules {

class RepositoryPatterns {
 public:
  RepositoryPatterns() = default;  // none

  // `invalid_request` for what is no pattern, or matches no owner/name whatever there is.
  static Result<RepositoryPatterns> parse(const std::vector<std::string>& texts);

  bool match(const policy::Repository& repository, const policy::Attributes& attributes) const;

  // Those without `!`.
  const std::vector<policy::Glob>& wanted() const { return wanted_; }
  const std::vector<policy::Glob>& unwanted() const { return unwanted_; }

 private:
  std::vector<policy::Glob> wanted_;
  std::vector<policy::Glob> unwanted_;
};

}  // namespace hubwarden::rules

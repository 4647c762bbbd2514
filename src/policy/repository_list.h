#pragma once

// The repositories that somebody may have: never empty, because GitHub reads an empty list as "all of them".
//
//   Result<RepositoryList> list = RepositoryList::parse({"acme/widgets", "acme/gadgets"});
//   if (list->contains(wanted)) …

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/names.h"

namespace hubwarden::policy {

class RepositoryList {
 public:
  // GitHub mints for no more than this many. Source: docs/github-facts.md, minting.
  static constexpr std::size_t kMaxSize = 500;

  // Refuses an empty list, more than kMaxSize, and a repository that stands twice.
  static Result<RepositoryList> make(std::vector<Repository> repositories);
  static Result<RepositoryList> parse(std::span<const std::string_view> texts);

  // Sorted by key.
  const std::vector<Repository>& items() const { return items_; }
  bool contains(const Repository& repository) const;

  friend bool operator==(const RepositoryList&, const RepositoryList&) = default;

 private:
  explicit RepositoryList(std::vector<Repository> items) : items_(std::move(items)) {}
  std::vector<Repository> items_;
};

}  // namespace hubwarden::policy

#pragma once

// Branches, commits and comparisons of a repository on disk, by git's plumbing.
//
//   History history(store);
//   auto asking = history.commit_of(widgets, "main");
//   const Result<std::string> sha = co_await std::move(asking);
//
// The repository is there (GitStore::ensure). Errors: `not_found` for what git does not have, `unavailable`
// when it cannot be run. Lives as long as what it was asked for.

#include <string>
#include <vector>

#include "sandbox/git_store.h"

namespace hubwarden::sandbox {

struct Branch {
  Branch(std::string name_, std::string sha_) : name(std::move(name_)), sha(std::move(sha_)) {}
  std::string name;
  std::string sha;
};

// `head` against where it left `base`.
struct Comparison {
  Comparison() = default;
  std::uint64_t commits = 0;
  std::vector<ChangedFile> files;
};

class History {
 public:
  explicit History(GitStore& store) : store_(store) {}

  // The commit that a branch, a tag, "heads/x", "tags/x" or a whole SHA names.
  net::Task<Result<std::string>> commit_of(RepositoryId id, std::string ref);
  net::Task<Result<std::vector<Branch>>> branches(RepositoryId id);
  // What commit_of() finds, with all that it holds.
  net::Task<Result<Commit>> commit(RepositoryId id, std::string ref);
  // Both are commits' whole SHAs. not_found also when they have no history in common.
  net::Task<Result<Comparison>> compare(RepositoryId id, std::string base, std::string head);
  // A commit's files, packed. `format` is git's: "tar.gz", "zip".
  net::Task<Result<std::string>> archive(RepositoryId id, std::string sha, std::string format,
                                         std::string prefix);

 private:
  // `what` says what is compared with what, as `git diff` takes it.
  net::Task<Result<std::vector<ChangedFile>>> changes(RepositoryId id, std::vector<std::string> what);
  net::Task<Result<std::string>> output_of(RepositoryId id, std::vector<std::string> arguments,
                                           std::string input);

  GitStore& store_;
};

}  // namespace hubwarden::sandbox

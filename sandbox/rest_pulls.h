#pragma once

// Routes of pull requests, and how one comes to be.

#include <string>

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step list_pulls(Context context);
Step get_pull(Context context);
Step create_pull(Context context);
Step list_pull_files(Context context);

struct NewPull {
  explicit NewPull(RepositoryId repository_) : repository(repository_) {}
  RepositoryId repository;
  AppId author{0};  // 0: nobody that there is any more
  std::string title;
  std::optional<std::string> body;
  std::string head;  // branches
  std::string base;
  bool is_draft = false;
};

// Compares the branches and opens the pull request: its number. Errors: not_found names the branch that there
// is not ("head", "base"); conflict says why there can be no pull request, in GitHub's words.
net::Task<Result<std::uint64_t>> open_pull(GitStore& store, World& world, NewPull wanted, TimePoint now);

}  // namespace hubwarden::sandbox

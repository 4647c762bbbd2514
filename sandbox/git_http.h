#pragma once

// git over HTTP: who may fetch and push is decided here, in GitHub's words; the rest is done by `git
// http-backend`.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/handler.h"
#include "sandbox/git_store.h"
#include "sandbox/state.h"

namespace hubwarden::sandbox {

enum class GitService { kFetch, kPush };

// /{owner}/{repo}.git/info/refs?service=…, …/git-upload-pack, …/git-receive-pack; `.git` may be missing.
struct GitTarget {
  static std::optional<GitTarget> parse(const Call& call);

  std::string owner;
  std::string repository;
  std::string rest;                   // "/info/refs"
  std::optional<GitService> service;  // none: the dumb protocol, or a service that there is not
  // For counters and faults: "GET /{owner}/{repo}.git/info/refs".
  std::string route() const;
};

struct GitGrant {
  RepositoryId repository{0};
  // Files under .github/workflows/ ask for a permission of their own.
  bool may_change_workflows = false;
};

// What may be done, or GitHub's refusal as text/plain, which git shows to its user.
using GitDecision = std::variant<GitGrant, http::Response>;
GitDecision decide_git(State& state, const GitTarget& target, const Call& call, TimePoint now);

http::Response git_text(int status, std::string_view text);

// Runs the backend for an allowed request. The answer streams; the request's body has been read when it is
// there.
net::Task<http::Response> serve_git(GitStore& store, const GitTarget& target, GitGrant grant,
                                    const Call& call, http::BodySource& body);

}  // namespace hubwarden::sandbox

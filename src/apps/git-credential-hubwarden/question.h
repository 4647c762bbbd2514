#pragma once

// Whether a request of git is for us, and for which repository. Pure.

#include <string>
#include <string_view>
#include <variant>

#include "apps/git-credential-hubwarden/settings.h"
#include "policy/names.h"
#include "wire/credential.h"

namespace hubwarden::git_credential {

// The only user name that installation tokens are documented with; GitHub takes any.
inline constexpr std::string_view kUsername = "x-access-token";

// The host as hubwarden names it: "github.com" for "https://github.com", with the port unless it is the
// protocol's own.
std::string github_host_of(std::string_view host);

struct NotOurs {};     // another helper's business: silence
struct PathNeeded {};  // our host, but git kept the repository to itself
struct Question {
  Question(std::string_view host_, policy::Repository repository_)
      : host(host_), repository(std::move(repository_)) {}
  std::string host;  // "https://github.com"
  std::string github_host() const { return github_host_of(host); }
  policy::Repository repository;
};

// Protocol and host must equal a configured one byte for byte, port included. The path must be exactly
// owner/name, with `.git` or not, with git-lfs' "/info/lfs" or not. A request for another user's name is not
// ours.
std::variant<NotOurs, PathNeeded, Question> examine(const wire::CredentialRequest& request,
                                                    const Settings& settings);

}  // namespace hubwarden::git_credential

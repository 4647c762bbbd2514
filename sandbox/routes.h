#pragma once

// The REST routes that the sandbox serves: one table, which the matcher, the permission check, the fault
// rules, the counters and the contract test all go by.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace hubwarden::sandbox {

// Who may call.
enum class Caller {
  kAnyone,        // with or without credentials
  kApp,           // an App's JWT alone
  kInstallation,  // an installation token alone
};

struct Route {
  http::Method method;
  std::string_view pattern;    // as in GitHub's OpenAPI description
  std::string_view operation;  // GitHub's operation id
  Caller caller;
  // X-Accepted-GitHub-Permissions, also as the rule itself; "" for routes that ask for none.
  std::string_view accepted;
  std::string_view docs;  // documentation_url after https://docs.github.com/rest

  // "GET /app/installations/{installation_id}"
  std::string name() const;
};

std::span<const Route> routes();

using Parameters = std::map<std::string, std::string, std::less<>>;

struct Match {
  const Route* route;
  Parameters parameters;  // decoded; `repository_id` in place of owner and repo for /repositories/{id}/…
};

// HEAD is served by GET's route. Nothing for a wrong method and for a trailing slash: GitHub answers 404 to
// both.
std::optional<Match> match_route(http::Method method, std::string_view path);

}  // namespace hubwarden::sandbox

#pragma once

// The REST routes that the sandbox serves: one table, which the matcher, the permission check, the fault
// rules, the counters and the contract test all go by. It is GitHub's whole API as documented
// (documented_routes.h); where more is known about a route than the facts say, routes.cpp says it.

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
  kNobody,        // users alone, whom the sandbox does not have
};

// What the documented success carries.
enum class Form { kNothing, kObject, kList, kText };

struct Route {
  http::Method method;
  std::string_view pattern;    // as in GitHub's OpenAPI description
  std::string_view operation;  // GitHub's operation id
  Caller caller;
  // X-Accepted-GitHub-Permissions, also as the rule itself; "" for routes that ask for none.
  std::string_view accepted;
  std::string_view docs;  // documentation_url after https://docs.github.com/rest
  int success = 200;      // the first that is documented
  Form form = Form::kObject;

  // "GET /app/installations/{installation_id}"
  std::string name() const;
};

std::span<const Route> routes();
// Those of which more is known than the facts say; routes() has them too.
std::span<const Route> own_routes();

using Parameters = std::map<std::string, std::string, std::less<>>;

struct Match {
  const Route* route;
  Parameters parameters;  // decoded
  // For /repositories/{id}/…, in place of owner and repo.
  std::optional<std::string> repository_number;
};

// HEAD is served by GET's route. Nothing for a wrong method, for a trailing slash and for a word where a
// number belongs: GitHub answers 404 to all of them.
std::optional<Match> match_route(http::Method method, std::string_view path);

}  // namespace hubwarden::sandbox

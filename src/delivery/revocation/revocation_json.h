#pragma once

// A revocation in JSON: what an operator wishes, and what is told of it. Source: docs/revocation.md.

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "auth/revocations.h"
#include "base/error.h"

namespace hubwarden::delivery {

// An App as an operator can name it.
struct NamedApp {
  NamedApp(std::string name_, std::string host_, std::string id_)
      : name(std::move(name_)), host(std::move(host_)), id(std::move(id_)) {}

  std::string name;  // in the configuration
  std::string host;  // "github.com"
  std::string id;    // App id or client id
};

// The members that a wish may have.
Result<boost::json::object> parse_revocation_body(std::string_view text);
// Exactly one of session, grant, workspace, agent, repository, app and all; `host` goes with a repository or
// an App, and is `usual_host` unless it is said. `not_found` for an App that is not configured.
Result<auth::RevocationWish> parse_revocation_wish(const boost::json::object& body,
                                                   const std::string& usual_host,
                                                   const std::vector<NamedApp>& apps);

boost::json::object to_json(const store::Revocation& revocation);
boost::json::object to_json(const store::Revocation& revocation,
                            const std::vector<store::RevocationOutcome>& outcomes);
boost::json::object to_json(const auth::RevocationPage& page);

}  // namespace hubwarden::delivery

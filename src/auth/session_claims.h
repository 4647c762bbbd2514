#pragma once

// All that is known of a session, as claims: of its token, and wherever it is written down. No credential.
//
//   boost::json::object claims = session_claims(session);
//   std::optional<Session> same = read_session_claims(claims);
//
// Pure.

#include <boost/json/object.hpp>
#include <optional>

#include "auth/session.h"

namespace hubwarden::auth {

boost::json::object session_claims(const Session& session);
// Nothing for what session_claims() did not write. Other members are passed over.
std::optional<Session> read_session_claims(const boost::json::object& claims);

}  // namespace hubwarden::auth

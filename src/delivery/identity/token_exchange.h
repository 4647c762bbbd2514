#pragma once

// OAuth's token exchange, so that a client that knows nothing of hubwarden can turn its platform's JWT into a
// session. Source: RFC 8693, 2.1 and 2.2; RFC 6749, 5.2 for the errors.
//
//   Result<Secret> jwt = exchanged_jwt(std::move(text));

#include <string>

#include "auth/sessions.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "http/handler.h"

namespace hubwarden::delivery {

// The JWT in a form's text, which is wiped. `invalid_request` for another grant, another kind of token, and
// what hubwarden would not heed: a resource, a scope, an actor. An audience may be named; it is not looked
// at.
Result<Secret> exchanged_jwt(std::string text);

http::Response exchange_answer(const auth::OpenedSession& opened, TimePoint now);
// `status`: that of the error; OAuth's clients know 400 and 401.
http::Response exchange_refusal(const Error& error, std::string_view request_id);

}  // namespace hubwarden::delivery

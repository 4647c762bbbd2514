#pragma once

// Which of an answer's header fields its caller is given. Everything else stays behind: cookies, addresses,
// what is between GitHub and hubwarden.

#include "delivery/operations/links.h"
#include "http/message.h"

namespace hubwarden::delivery {

// Of GitHub's own: what describes the body, the rate limit, the request's id, and pages, rewritten.
http::Fields callers_fields(const http::Fields& from_github, const AskedOf& asked);
// Of another host that GitHub pointed to: what describes the body.
http::Fields callers_fields_from_elsewhere(const http::Fields& fields);

}  // namespace hubwarden::delivery

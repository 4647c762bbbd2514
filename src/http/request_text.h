#pragma once

// A request as it goes over an HTTP/1.1 connection.

#include <string>
#include <string_view>

#include "http/client.h"
#include "http/url.h"

namespace hubwarden::http {

// Head and body in one piece. The request's fields are checked, its body is at hand. With the credential in
// it: to be wiped. Its memory never grows, so there are no other copies.
std::string request_text(const ClientRequest& request, const Url& url, std::string_view user_agent);

}  // namespace hubwarden::http

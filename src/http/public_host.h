#pragma once

// Requests to hosts that somebody else has named, and which must not lead inwards:
// ClientRequest::public_only.
//
//   may_be_public("token.actions.githubusercontent.com")   // true, as far as the name goes
//   may_be_public("127.0.0.1")                             // false
//
// What a name leads to is looked at where the connection is made, address by address (net/public_address.h):
// what it has led to before does not matter. A proxy looks names up itself; to one goes only what may be
// public by its name alone. Pure.

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/curl_options.h"
#include "http/url.h"

namespace hubwarden::http {

// `host` as Url has it. False for addresses that are not public, in whatever form some resolver takes for one
// (0x7f.1, 2130706433), and for names of this machine.
bool may_be_public(std::string_view host);

// By the same rules as libcurl, but for networks in `no_proxy`: those are names to it here.
bool goes_through_proxy(const CurlProxy& proxy, const Url& url);

// Does not say which address it was: that is for nobody outside to know.
Error not_public(const std::string& host);

}  // namespace hubwarden::http

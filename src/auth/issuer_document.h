#pragma once

// What an issuer publishes about itself (OpenID Connect Discovery 1.0, 4), as far as its keys go.
//
//   discovery_url("https://token.actions.githubusercontent.com")
//   Result<std::string> where = jwks_url_in(answer.body, issuer_url);

#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::auth {

std::string discovery_url(std::string_view issuer);
// `upstream_protocol` unless the document is that issuer's own and leads to its keys by https.
Result<std::string> jwks_url_in(std::string_view document, std::string_view issuer);

constexpr std::size_t kMaxDiscovery = 64 * 1024;

}  // namespace hubwarden::auth

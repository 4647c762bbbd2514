#pragma once

// The check of an App's JWT, with GitHub's own words for each refusal.
//
// GitHub's rules: RS256 alone; `exp` at most ten minutes ahead of GitHub's clock; `iat` not ahead of it; both
// JSON integers; `iss` the App's number or its client id.

#include <expected>
#include <string>
#include <string_view>

#include "sandbox/world.h"

namespace hubwarden::sandbox {

// A number in quotes as `iss`: long-lived clients send it and pass; some Apps reported a refusal in 2026.
enum class QuotedIssuer { kAccept, kRefuse };

// `now` is GitHub's clock. The error is the `message` of a 401.
std::expected<AppId, std::string> check_app_jwt(std::string_view token, const World& world, TimePoint now,
                                                QuotedIssuer quoted = QuotedIssuer::kAccept);

// Three parts with two dots: an App's JWT and not one of GitHub's own tokens.
bool looks_like_jwt(std::string_view credential);

}  // namespace hubwarden::sandbox

#pragma once

// What the limits' refusals say, and how their windows are called.

#include <string>
#include <string_view>

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

inline constexpr std::string_view kPrimaryDocs =
    "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
inline constexpr std::string_view kSecondaryDocs =
    "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
inline constexpr std::string_view kSecondaryMessage =
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

// "installation:50000001#core"
std::string bucket_key(std::string_view party, std::string_view resource);
// The window that the request counts against.
std::string window_key(const Exchange& exchange);
// How an installation is called in both.
std::string party_of(InstallationId installation);

}  // namespace hubwarden::sandbox

#pragma once

// What the credentials that hubwarden gives out look like: a prefix that says which kind it is and makes a
// leaked one recognisable to scanners, and 256 random bits in base64url. 47 characters. Shown once, kept as
// SHA-256.
//
//   Secret token = make_credential(kWorkspacePrefix, random);
//   is_credential(kWorkspacePrefix, token.reveal());

#include <string_view>

#include "base/random.h"
#include "base/secret.h"

namespace hubwarden::auth {

inline constexpr std::string_view kWorkspacePrefix = "hww_";
inline constexpr std::string_view kHandlePrefix = "hwh_";

Secret make_credential(std::string_view prefix, Random& random);
// Has the form of one. Saves hashing what cannot be one; says nothing about whether it is known.
bool is_credential(std::string_view prefix, std::string_view text);

}  // namespace hubwarden::auth

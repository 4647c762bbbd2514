#pragma once

// The credential of a workspace: "hww_" and 256 random bits in base64url, 47 characters. Shown once, kept as
// SHA-256.

#include <string_view>

#include "base/random.h"
#include "base/secret.h"

namespace hubwarden::auth {

Secret make_workspace_token(Random& random);

// Has the form of one. Saves hashing what cannot be a token; says nothing about whether it is known.
bool is_workspace_token(std::string_view text);

}  // namespace hubwarden::auth

#pragma once

// A key for tests, made once per process: 2048 bits take a tenth of a second.

#include <memory>
#include <string_view>

#include "base/secret.h"
#include "crypto/rsa_key.h"

struct evp_pkey_st;

namespace hubwarden::github {

crypto::RsaKey test_key();
// Verified with OpenSSL on the public half, not with hubwarden's own code.
bool test_key_verifies(std::string_view message, std::string_view signature);

}  // namespace hubwarden::github

#pragma once

// The names that JOSE has for signature algorithms: those alone that a workload's JWT may be signed with.
// `none` and the HMACs are not among them. Source: RFC 7518, 3.1; RFC 8037, 3.1.

#include <optional>
#include <string_view>

#include "crypto/public_key.h"

namespace hubwarden::jwt {

// Names are compared as they stand: "rs256" is none.
std::optional<crypto::SignatureAlgorithm> algorithm_named(std::string_view name);
std::string_view to_string(crypto::SignatureAlgorithm algorithm);

}  // namespace hubwarden::jwt

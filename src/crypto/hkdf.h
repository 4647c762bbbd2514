#pragma once

// HKDF with SHA-256 (RFC 5869): keys for several purposes from one secret. Pure; from any thread.
//
//   const Secret key = crypto::hkdf_sha256(app_key, "", "hubwarden: sealed tokens", 32);

#include <cstddef>
#include <string_view>

#include "base/secret.h"

namespace hubwarden::crypto {

// `material` is not empty; `info` names the purpose: another one, another key. At most kMaxDerived bytes.
Secret hkdf_sha256(const Secret& material, std::string_view salt, std::string_view info, std::size_t size);

inline constexpr std::size_t kMaxDerived = 255 * 32;

}  // namespace hubwarden::crypto

#pragma once

// AES-256-GCM (NIST SP 800-38D): what is sealed can be read, and changed without notice, only with the key.
//
//   const AeadKey key(crypto::hkdf_sha256(secret, "", "purpose", AeadKey::kSize));
//   const std::string sealed = key.seal(AeadKey::make_nonce(random), text, "where it lies");
//   const std::optional<Secret> opened = key.open(nonce, sealed, "where it lies");
//
// Immutable; from any thread.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"

namespace hubwarden::crypto {

class AeadKey {
 public:
  static constexpr std::size_t kSize = 32;
  static constexpr std::size_t kTag = 16;
  // Random ones are safe for 2^32 messages of one key (SP 800-38D, 8.3).
  using Nonce = std::array<std::byte, 12>;
  static Nonce make_nonce(Random& random);

  // kSize bytes.
  explicit AeadKey(Secret key);

  // As long as the text and kTag more. Never the same nonce for two texts.
  std::string seal(const Nonce& nonce, std::string_view text, std::string_view associated) const;
  // Nothing unless it is exactly what seal() made with this key, nonce and associated text.
  std::optional<Secret> open(const Nonce& nonce, std::string_view sealed, std::string_view associated) const;

 private:
  Secret key_;
};

}  // namespace hubwarden::crypto

#pragma once

// What replicas keep in Redis, as it lies there: sealed, bound to the name under which it lies, and marked
// with the key that sealed it, so that keys can be changed while the fleet runs.
//
//   byte 0        1: the version of this format
//   bytes 1–4     which key sealed it
//   bytes 5–16    the nonce
//   then          the value, encrypted with AES-256-GCM, and the tag of 16 bytes
//
//   SealKeys keys(std::move(materials));            // the first one seals, all of them open
//   const std::string lying = keys.seal(name, value, random);
//   const std::optional<Secret> value = keys.open(name, lying);
//
// Immutable; from any thread.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/aead.h"

namespace hubwarden::fleet {

class SealKeys {
 public:
  // Secrets of any form, hard to guess: the keys are derived from them. At least one; none is empty.
  explicit SealKeys(const std::vector<Secret>& materials);

  std::string seal(std::string_view name, std::string_view value, Random& random) const;
  // Nothing unless one of the keys sealed it under that name.
  std::optional<Secret> open(std::string_view name, std::string_view sealed) const;

 private:
  using KeyId = std::array<char, 4>;

  struct Key {
    explicit Key(const Secret& material);
    KeyId id;  // derived from the secret, too; it tells nothing of the key
    crypto::AeadKey aead;
  };

  std::vector<Key> keys_;
};

}  // namespace hubwarden::fleet

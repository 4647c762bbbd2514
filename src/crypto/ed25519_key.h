#pragma once

// An Ed25519 private key, for what hubwarden itself vouches for (RFC 8032).
//
//   const Ed25519Key key = Ed25519Key::from_seed(hkdf_sha256(secret, "", "purpose", Ed25519Key::kSeed));
//   const std::string signature = key.sign(message);
//   key.public_key().verifies(SignatureAlgorithm::kEdDsa, message, signature)
//
// Immutable; copies share the key; from any thread.

#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "crypto/public_key.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace hubwarden::crypto {

class Ed25519Key {
 public:
  static constexpr std::size_t kSeed = 32;
  static constexpr std::size_t kSignature = 64;

  // kSeed bytes that are hard to guess: the same ones give the same key.
  static Ed25519Key from_seed(const Secret& seed);

  // About 50 µs.
  std::string sign(std::string_view message) const;
  const PublicKey& public_key() const { return public_key_; }
  // The 32 bytes that others know it by.
  const std::string& public_bytes() const { return public_bytes_; }

 private:
  using Handle = std::shared_ptr<evp_pkey_st>;
  Ed25519Key(Handle key, std::string public_bytes, PublicKey public_key)
      : key_(std::move(key)), public_bytes_(std::move(public_bytes)), public_key_(std::move(public_key)) {}

  Handle key_;
  std::string public_bytes_;
  PublicKey public_key_;
};

}  // namespace hubwarden::crypto

#pragma once

// Somebody else's public key, as it stands in a JWK: it checks signatures, each of one algorithm.
//
//   Result<PublicKey> key = PublicKey::rsa(modulus, exponent);
//   if (key->verifies(SignatureAlgorithm::kRs256, message, signature)) …
//
// Numbers are big-endian octets. A key that is no such key, or too weak, is `invalid_request`, with the
// reason. Source: RFC 7518, sections 3 and 6; RFC 8037. Immutable and shared; from any thread.

#include <memory>
#include <string_view>

#include "base/error.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace hubwarden::crypto {

enum class SignatureAlgorithm { kRs256, kRs384, kRs512, kPs256, kPs384, kPs512, kEs256, kEs384, kEdDsa };

enum class KeyType { kRsa, kP256, kP384, kEd25519 };

KeyType key_type_of(SignatureAlgorithm algorithm);

class PublicKey {
 public:
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  // `type`: kP256 or kP384. Both numbers have the curve's full length.
  static Result<PublicKey> elliptic(KeyType type, std::string_view x, std::string_view y);
  static Result<PublicKey> ed25519(std::string_view x);

  KeyType type() const { return type_; }
  // False also for an algorithm that is not for keys of this type. Of ECDSA both numbers of the signature,
  // one after the other. 30 to 160 µs.
  bool verifies(SignatureAlgorithm algorithm, std::string_view message, std::string_view signature) const;

  static constexpr int kMinRsaBits = 2048;        // RFC 7518, 3.3
  static constexpr int kMaxRsaBits = 8192;        // beyond, whoever publishes keys could make checking slow
  static constexpr std::size_t kMaxExponent = 4;  // bytes; nearly all are 65537

 private:
  using Handle = std::shared_ptr<evp_pkey_st>;
  PublicKey(KeyType type, Handle key) : type_(type), key_(std::move(key)) {}

  KeyType type_;
  Handle key_;
};

}  // namespace hubwarden::crypto

#pragma once

// The keys that vouch for chains: of Ed25519, derived from hubwarden's secrets, so that the replicas of a
// fleet have the same ones. To verify takes only the public part.
//
//   const SigningKey key(material);
//   const Signature signature = key.sign(hash);
//   Result<VerifyingKeys> keys = VerifyingKeys::parse({key.public_text()});
//   keys->verifies(signature, hash)
//
// Immutable; from any thread.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "crypto/ed25519_key.h"
#include "crypto/public_key.h"

namespace hubwarden::ledger {

struct Signature {
  Signature(std::string id, std::string signed_) : key_id(std::move(id)), bytes(std::move(signed_)) {}

  static constexpr std::size_t kKeyIdBytes = 8;

  std::string key_id;  // 16 hexadecimal digits of the SHA-256 of the public key
  std::string bytes;   // crypto::Ed25519Key::kSignature of them

  friend bool operator==(const Signature&, const Signature&) = default;
};

class SigningKey {
 public:
  // A secret of any form, hard to guess and not empty.
  explicit SigningKey(const Secret& material);

  // Of a line with this hash. About 50 µs.
  Signature sign(const crypto::Digest& hash) const;
  // 64 hexadecimal digits: what others verify with.
  std::string public_text() const;

 private:
  crypto::Ed25519Key key_;
  std::string id_;
};

class VerifyingKeys {
 public:
  // `invalid_request` unless there is at least one, and each is what SigningKey::public_text() gives.
  static Result<VerifyingKeys> parse(const std::vector<std::string>& public_texts);

  // False also for a key that is none of these.
  bool verifies(const Signature& signature, const crypto::Digest& hash) const;

 private:
  std::map<std::string, crypto::PublicKey, std::less<>> keys_;  // by id
};

}  // namespace hubwarden::ledger

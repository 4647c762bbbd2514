#pragma once

// The keys that an issuer publishes: a JWK Set (RFC 7517), read once.
//
//   Result<KeySet> keys = KeySet::parse(text);
//   for (const VerificationKey* key : keys->that_may_have_signed(algorithm, key_id)) …
//
// The key says which algorithms it is for; what a token says is compared with that, and never decides. Keys
// for something else, of kinds that are not known here, or too weak, are left out, as RFC 7517, 5 wants it.
// Immutable; from any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "crypto/public_key.h"

namespace hubwarden::jwt {

class VerificationKey {
 public:
  // `only`: the algorithm that is published with it; without one, all that are for keys of its type.
  VerificationKey(std::string id, crypto::PublicKey key, std::optional<crypto::SignatureAlgorithm> only)
      : id_(std::move(id)), key_(std::move(key)), only_(only) {}

  const std::string& id() const { return id_; }  // empty: it has none
  const crypto::PublicKey& key() const { return key_; }
  bool is_for(crypto::SignatureAlgorithm algorithm) const {
    return only_ ? *only_ == algorithm : crypto::key_type_of(algorithm) == key_.type();
  }

 private:
  std::string id_;
  crypto::PublicKey key_;
  std::optional<crypto::SignatureAlgorithm> only_;
};

class KeySet {
 public:
  // `upstream_protocol` for what is no JWK Set, or has not one key that can be used.
  static Result<KeySet> parse(std::string_view text);

  static KeySet of(std::vector<VerificationKey> keys);

  // For a token without a key's id any key may have; else those of that id. At most kMaxTried.
  std::vector<const VerificationKey*> that_may_have_signed(crypto::SignatureAlgorithm algorithm,
                                                           const std::optional<std::string>& key_id) const;

  std::size_t size() const { return keys_.size(); }
  // Why others were left out, for the operator to read.
  const std::vector<std::string>& left_out() const { return left_out_; }

  static constexpr std::size_t kMaxBytes = 256 * 1024;
  static constexpr std::size_t kMaxKeys = 64;    // the largest providers publish some twenty
  static constexpr std::size_t kMaxTried = 8;    // a signature checked costs up to 0.2 ms
  static constexpr std::size_t kMaxKeyId = 256;  // bytes

 private:
  std::vector<VerificationKey> keys_;
  std::vector<std::string> left_out_;
};

}  // namespace hubwarden::jwt

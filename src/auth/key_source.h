#pragma once

// Where an issuer's keys come from: the issuer itself (issuer_keys.h), or a file.

#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "jwt/key_set.h"
#include "jwt/raw_jwt.h"
#include "net/task.h"

namespace hubwarden::auth {

using KeySetPtr = std::shared_ptr<const jwt::KeySet>;

class KeySource {
 public:
  virtual ~KeySource() = default;
  // The keys that are known for this token; that its own is not among them is for the verification to say.
  virtual net::Task<Result<KeySetPtr>> for_token(const jwt::RawJwt& raw, SteadyPoint deadline) = 0;
};

// For issuers that cannot be reached: a new file, a new one of these.
class FixedKeys final : public KeySource {
 public:
  explicit FixedKeys(jwt::KeySet keys) : keys_(std::make_shared<const jwt::KeySet>(std::move(keys))) {}

  net::Task<Result<KeySetPtr>> for_token(const jwt::RawJwt&, SteadyPoint) override { co_return keys_; }

 private:
  const KeySetPtr keys_;
};

}  // namespace hubwarden::auth

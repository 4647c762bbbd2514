#pragma once

// The admin token of the configuration. Thread-safe: immutable.
//
//   AdminCredential admin(configuration.admin_token);
//   if (!admin.matches(bearer)) return unauthenticated();

#include <optional>
#include <string_view>

#include "base/secret.h"
#include "crypto/digest.h"

namespace hubwarden::auth {

class AdminCredential {
 public:
  // Without a token, or with an empty one, nothing ever matches.
  AdminCredential() = default;
  explicit AdminCredential(const Secret& token);

  bool is_configured() const { return digest_.has_value(); }
  // Takes the same time for every bearer of one length: digests are compared, and those without stopping
  // early.
  bool matches(std::string_view bearer) const;

 private:
  std::optional<crypto::Digest> digest_;
};

}  // namespace hubwarden::auth

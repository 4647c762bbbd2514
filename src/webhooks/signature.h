#pragma once

// Whether whoever sent a body knows a secret of ours, found out while it comes in. Source: GitHub,
// "Validating webhook deliveries".
//
//   Result<SignatureCheck> check = SignatureCheck::begin(secrets,
//   request.fields().find("X-Hub-Signature-256")); while (…) check->add(piece); if (!check->holds()) …
//
// One thread at a time.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shared_secret.h"
#include "crypto/digest.h"

namespace hubwarden::webhooks {

// More than one while a secret is being replaced, or when Apps have their own.
using WebhookSecrets = std::vector<SharedSecret>;

class SignatureCheck {
 public:
  // `unauthenticated` unless `field` is "sha256=" and 64 lower-case hexadecimal digits.
  static Result<SignatureCheck> begin(const WebhookSecrets& secrets, std::optional<std::string_view> field);

  void add(std::string_view piece);
  // Once, last. Takes the same time whichever secret it was, and wherever a signature differs.
  bool holds();

 private:
  explicit SignatureCheck(std::string claimed) : claimed_(std::move(claimed)) {}

  std::string claimed_;
  std::vector<crypto::HmacSha256> candidates_;
};

}  // namespace hubwarden::webhooks

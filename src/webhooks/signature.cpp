#include "webhooks/signature.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::webhooks {
namespace {

constexpr std::string_view kScheme = "sha256=";
constexpr std::size_t kDigits = 64;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<SignatureCheck> SignatureCheck::begin(const WebhookSecrets& secrets,
                                             std::optional<std::string_view> field) {
  const std::string_view given = field.value_or("");
  const bool is_signature = given.starts_with(kScheme) && given.size() == kScheme.size() + kDigits &&
                            is_hex(given.substr(kScheme.size()));
  if (!is_signature) {
    return fail(ErrorCode::kUnauthenticated, "the delivery has no X-Hub-Signature-256 of GitHub's form");
  }
  SignatureCheck check(std::string(given.substr(kScheme.size())));
  for (const auto& secret : secrets) check.candidates_.emplace_back(*secret);
  return check;
}

void SignatureCheck::add(std::string_view piece) {
  for (crypto::HmacSha256& candidate : candidates_) candidate.add(piece);
}

bool SignatureCheck::holds() {
  bool holds = false;
  // All of them, always: which secret it was is nobody's business.
  for (crypto::HmacSha256& candidate : candidates_) {
    const bool is_this = equal_in_constant_time(hex(candidate.digest()), claimed_);
    holds = holds || is_this;
  }
  return holds;
}

}  // namespace hubwarden::webhooks

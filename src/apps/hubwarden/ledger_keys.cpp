#include "apps/hubwarden/ledger_keys.h"

#include "crypto/rsa_key.h"

namespace hubwarden::apps {
namespace {

constexpr std::string_view kPurpose = "hubwarden: ledger, 1";

}  // namespace

Result<std::vector<ledger::SigningKey>> ledger_keys(const config::Config& config) {
  std::vector<ledger::SigningKey> keys;
  for (const SharedSecret& key : config.redis.seal_keys) keys.emplace_back(*key);
  if (!keys.empty()) return keys;
  if (config.apps.empty()) {
    return fail(ErrorCode::kNotConfigured,
                "the ledger's key is made of redis.seal_keys or an App's key; there is none");
  }
  const Result<crypto::RsaKey> key = crypto::RsaKey::from_pem(*config.apps.front().private_key);
  if (!key) return std::unexpected(key.error());
  keys.emplace_back(key->derive(kPurpose));
  return keys;
}

}  // namespace hubwarden::apps

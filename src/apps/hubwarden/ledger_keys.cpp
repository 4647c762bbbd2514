#include "apps/hubwarden/ledger_keys.h"

#include "apps/hubwarden/key_materials.h"

namespace hubwarden::apps {
namespace {

constexpr std::string_view kPurpose = "hubwarden: ledger, 1";

}  // namespace

Result<std::vector<ledger::SigningKey>> ledger_keys(const config::Config& config) {
  const Result<std::vector<Secret>> materials = key_materials(config.redis.seal_keys, config.apps, kPurpose);
  if (!materials) return std::unexpected(materials.error());
  std::vector<ledger::SigningKey> keys;
  for (const Secret& material : *materials) keys.emplace_back(material);
  return keys;
}

}  // namespace hubwarden::apps

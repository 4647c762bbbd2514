#include "apps/hubwarden/key_materials.h"

#include "crypto/rsa_key.h"

namespace hubwarden::apps {

Result<std::vector<Secret>> key_materials(const std::vector<SharedSecret>& configured,
                                          const std::vector<config::App>& apps, std::string_view purpose) {
  std::vector<Secret> materials;
  for (const SharedSecret& key : configured) materials.push_back(key->clone());
  if (!materials.empty()) return materials;
  if (apps.empty())
    return fail(ErrorCode::kNotConfigured,
                "keys are derived from configured secrets, or from an App's key; there is neither");
  const Secret none;
  const SharedSecret& pem = apps.front().private_key;
  const Result<crypto::RsaKey> key = crypto::RsaKey::from_pem(pem ? *pem : none);
  if (!key) return std::unexpected(key.error());
  materials.push_back(key->derive(purpose));
  return materials;
}

}  // namespace hubwarden::apps

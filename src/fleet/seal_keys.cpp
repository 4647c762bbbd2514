#include "fleet/seal_keys.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "crypto/hkdf.h"

namespace hubwarden::fleet {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kIdAt = 1;
constexpr std::size_t kNonceAt = kIdAt + 4;
constexpr std::size_t kSealedAt = kNonceAt + sizeof(crypto::AeadKey::Nonce);

// The purposes of what is derived. A change makes all that lies in Redis unreadable: a miss, once.
constexpr std::string_view kForKey = "hubwarden: shared values, key, 1";
constexpr std::string_view kForId = "hubwarden: shared values, key id, 1";

}  // namespace

SealKeys::Key::Key(const Secret& material)
    : aead(crypto::hkdf_sha256(material, "", kForKey, crypto::AeadKey::kSize)) {
  crypto::hkdf_sha256(material, "", kForId, id.size()).reveal().copy(id.data(), id.size());
}

SealKeys::SealKeys(const std::vector<Secret>& materials) {
  HW_CHECK(!materials.empty());
  for (const Secret& material : materials) keys_.emplace_back(material);
}

std::string SealKeys::seal(std::string_view name, std::string_view value, Random& random) const {
  const Key& key = keys_.front();
  const crypto::AeadKey::Nonce nonce = crypto::AeadKey::make_nonce(random);
  std::string out(1, kVersion);
  out.append(key.id.data(), key.id.size());
  out.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  return out.append(key.aead.seal(nonce, value, name));
}

std::optional<Secret> SealKeys::open(std::string_view name, std::string_view sealed) const {
  if (sealed.size() < kSealedAt || sealed.front() != kVersion) return std::nullopt;
  const std::string_view id = sealed.substr(kIdAt, kNonceAt - kIdAt);
  crypto::AeadKey::Nonce nonce;
  std::memcpy(nonce.data(), sealed.data() + kNonceAt, nonce.size());
  for (const Key& key : keys_) {
    if (!std::ranges::equal(key.id, id)) continue;
    std::optional<Secret> opened = key.aead.open(nonce, sealed.substr(kSealedAt), name);
    if (opened) return opened;
  }
  return std::nullopt;
}

}  // namespace hubwarden::fleet

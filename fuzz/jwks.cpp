// The keys that an issuer publishes.

#include "base/check.h"
#include "fuzz/target.h"
#include "jwt/key_set.h"

namespace hubwarden::fuzz {

void target(std::string_view bytes) {
  const Result<jwt::KeySet> keys = jwt::KeySet::parse(bytes);
  if (!keys) return;
  HW_CHECK(keys->size() > 0 && keys->size() + keys->left_out().size() <= jwt::KeySet::kMaxKeys);
  for (int i = 0; i <= static_cast<int>(crypto::SignatureAlgorithm::kEdDsa); ++i) {
    const auto algorithm = static_cast<crypto::SignatureAlgorithm>(i);
    const auto fitting = keys->that_may_have_signed(algorithm, std::nullopt);
    HW_CHECK(fitting.size() <= jwt::KeySet::kMaxTried);
    for (const jwt::VerificationKey* key : fitting) {
      HW_CHECK(key->is_for(algorithm) && !key->key().verifies(algorithm, "message", "signature"));
    }
  }
}

}  // namespace hubwarden::fuzz

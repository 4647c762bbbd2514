// A workload's JWT: as it comes, and with a good signature under a header and claims that are anything.

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"
#include "jwt/attributes.h"
#include "jwt/jwt_fixture.h"

namespace hubwarden::fuzz {
namespace {

const testing::TestSigner& signer() {
  return testing::TestSigner::of(crypto::KeyType::kEd25519);
}

const jwt::KeySet& keys() {
  static const jwt::KeySet keys = *jwt::KeySet::parse(jwt::jwks_of({jwt::jwk_of(signer(), "key")}));
  return keys;
}

Result<jwt::VerifiedJwt> verify(std::string_view text) {
  const Result<jwt::RawJwt> raw = jwt::RawJwt::parse(Secret(text));
  if (!raw) return std::unexpected(raw.error());
  const jwt::Expected expected{std::string(jwt::kIssuer), std::string(jwt::kAudience)};
  return jwt::VerifiedJwt::from(*raw, keys(), expected, jwt::kNow);
}

}  // namespace

// The header and the claims, with NUL between them.
void target(std::string_view bytes) {
  HW_CHECK(!verify(bytes));
  const std::string header = jwt::encoded(take_text(bytes));
  const std::string part = header + "." + jwt::encoded(bytes);
  HW_CHECK(!verify(part + "." + jwt::encoded(std::string(64, 's'))));
  const std::string signature = signer().sign(crypto::SignatureAlgorithm::kEdDsa, part);
  const Result<jwt::VerifiedJwt> verified = verify(part + "." + jwt::encoded(signature));
  if (!verified) return;
  HW_CHECK(verified->issuer() == jwt::kIssuer && !verified->subject().empty());
  HW_CHECK(verified->expires_at() + jwt::VerifiedJwt::kLeeway > jwt::kNow);
  for (const auto& [name, values] : jwt::attributes_of(*verified)) {
    for (const std::string& value : values) HW_CHECK(!value.empty() && is_utf8(value));
  }
}

}  // namespace hubwarden::fuzz

#include "auth/session_tokens.h"

#include <boost/json/object.hpp>
#include <optional>
#include <utility>

#include "auth/session_claims.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"
#include "jwt/sign.h"
#include "jwt/verified_jwt.h"

namespace hubwarden::auth {
namespace {

namespace bj = boost::json;
using crypto::Ed25519Key;

constexpr std::string_view kType = "hws+jwt";
constexpr std::string_view kIssuer = "hubwarden";
constexpr std::string_view kAudience = "hubwarden-session";
constexpr std::string_view kPurpose = "hubwarden session key v1";
constexpr std::size_t kKeyIdBytes = 8;

Ed25519Key key_from(const Secret& material) {
  return Ed25519Key::from_seed(crypto::hkdf_sha256(material, "", kPurpose, Ed25519Key::kSeed));
}

std::string id_of(const Ed25519Key& key) {
  const crypto::Digest digest = crypto::sha256(key.public_bytes());
  return hex(std::span(digest).first(kKeyIdBytes));
}

jwt::KeySet verifying_keys(const std::vector<Secret>& materials) {
  std::vector<jwt::VerificationKey> keys;
  for (const Secret& material : materials) {
    const Ed25519Key key = key_from(material);
    keys.emplace_back(id_of(key), key.public_key(), crypto::SignatureAlgorithm::kEdDsa);
  }
  return jwt::KeySet::of(std::move(keys));
}

// Only what issue() wrote has our signature; what cannot be read is from another version of hubwarden.
std::unexpected<Error> unreadable() {
  return fail(ErrorCode::kUnauthenticated, "the session's token is of another form; begin a new session");
}

}  // namespace

SessionTokens::SessionTokens(const std::vector<Secret>& materials)
    : signing_(key_from(materials.at(0))), key_id_(id_of(signing_)), verifying_(verifying_keys(materials)) {
}

Secret SessionTokens::issue(const Session& session) const {
  bj::object claims = session_claims(session);
  claims["iss"] = kIssuer;
  claims["aud"] = kAudience;
  return jwt::sign_jwt(kType, claims, signing_, key_id_);
}

Result<Session> SessionTokens::read(const Secret& token, TimePoint now) const {
  const Result<jwt::RawJwt> raw = jwt::RawJwt::parse(token, kType);
  if (!raw) return std::unexpected(raw.error());
  const jwt::Expected expected{std::string(kIssuer), std::string(kAudience)};
  const Result<jwt::VerifiedJwt> verified = jwt::VerifiedJwt::from(*raw, verifying_, expected, now);
  if (!verified) return std::unexpected(verified.error());
  // Its leeway is for clocks that are not our own.
  if (now >= verified->expires_at()) {
    return fail(ErrorCode::kUnauthenticated, "the session has ended; begin a new one");
  }
  std::optional<Session> session = read_session_claims(verified->claims());
  if (!session) return unreadable();
  return *std::move(session);
}

}  // namespace hubwarden::auth

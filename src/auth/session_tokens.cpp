#include "auth/session_tokens.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <utility>

#include "auth/cut_claims.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"
#include "jwt/sign.h"
#include "jwt/verified_jwt.h"
#include "store/hex_id.h"
#include "wire/strict_json.h"

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

std::int64_t seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

bj::object written(const policy::Attributes& attributes) {
  bj::object object;
  for (const auto& [name, values] : attributes) {
    bj::array list;
    for (const std::string& value : values) list.emplace_back(std::string_view(value));
    object[name] = std::move(list);
  }
  return object;
}

// Only what issue() wrote has our signature; what cannot be read is from another version of hubwarden.
std::unexpected<Error> unreadable() {
  return fail(ErrorCode::kUnauthenticated, "the session's token is of another form; begin a new session");
}

std::optional<TimePoint> time_at(const bj::object& claims, std::string_view name) {
  const bj::value* const value = claims.if_contains(name);
  const std::int64_t* const found = value != nullptr ? value->if_int64() : nullptr;
  if (found == nullptr || *found < 0 || *found > jwt::VerifiedJwt::kLastSecond) return std::nullopt;
  return TimePoint(std::chrono::seconds(*found));
}

std::optional<policy::Attributes> attributes_at(const bj::object& claims, std::string_view name) {
  const bj::value* const value = claims.if_contains(name);
  const bj::object* const object = value != nullptr ? value->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  policy::Attributes attributes;
  for (const auto& member : *object) {
    const bj::array* const list = member.value().if_array();
    if (list == nullptr) return std::nullopt;
    for (const bj::value& each : *list) {
      if (!each.is_string() || !attributes.add(member.key(), std::string_view(each.get_string())))
        return std::nullopt;
    }
  }
  return attributes;
}

}  // namespace

SessionTokens::SessionTokens(const std::vector<Secret>& materials)
    : signing_(key_from(materials.at(0))), key_id_(id_of(signing_)), verifying_(verifying_keys(materials)) {
}

Secret SessionTokens::issue(const Session& session) const {
  bj::object claims = {{"iss", kIssuer},
                       {"aud", kAudience},
                       {"sub", session.agent},
                       {"sid", to_text(session.id)},
                       {"iat", seconds(session.issued_at)},
                       {"exp", seconds(session.expires_at)},
                       {"renewable_until", seconds(session.renewable_until)},
                       {"by", session.caller.issuer},
                       {"tenant", session.tenant},
                       {"attributes", written(session.caller.attributes)}};
  if (!session.cuts.empty()) claims["cuts"] = cut_claims(session.cuts);
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
  const bj::object& claims = verified->claims();
  const auto id_text = wire::text_at(claims, "sid");
  const auto id = id_text ? store::parse_hex_id(*id_text) : std::nullopt;
  const auto by = wire::text_at(claims, "by");
  const auto tenant = wire::text_at(claims, "tenant");
  const auto issued_at = time_at(claims, "iat");
  const auto renewable_until = time_at(claims, "renewable_until");
  auto attributes = attributes_at(claims, "attributes");
  auto cuts = read_cut_claims(claims);
  const bool is_whole = id && by && tenant && issued_at && renewable_until && attributes && cuts;
  if (!is_whole) return unreadable();
  Session session(SessionId(*id), rules::Caller(std::string(*by), *std::move(attributes)));
  session.agent = verified->subject();
  session.tenant = *tenant;
  session.issued_at = *issued_at;
  session.expires_at = verified->expires_at();
  session.renewable_until = *renewable_until;
  session.cuts = *std::move(cuts);
  return session;
}

}  // namespace hubwarden::auth

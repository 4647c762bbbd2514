#include "jwt/key_set.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "base/text.h"
#include "jwt/algorithm.h"
#include "wire/strict_json.h"

namespace hubwarden::jwt {
namespace {

namespace bj = boost::json;
using crypto::KeyType;
using crypto::PublicKey;
using crypto::SignatureAlgorithm;

constexpr std::size_t kMaxDepth = 6;
// Of keys that are nobody else's to know (RFC 7518, 6.2.2, 6.3.2, 6.4).
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUpstreamProtocol, std::move(why));
}

// What a member says; nothing if it is not there; an error if it is no text.
Result<std::optional<std::string>> text_of(const bj::object& jwk, std::string_view name) {
  const bj::value* const value = jwk.if_contains(name);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return refuse("its \"" + std::string(name) + "\" is no text");
  return std::optional(std::string(value->get_string()));
}

Result<std::string> octets_of(const bj::object& jwk, std::string_view name) {
  const Result<std::optional<std::string>> text = text_of(jwk, name);
  if (!text) return std::unexpected(text.error());
  const std::optional<std::string> octets =
      *text ? decode_base64url(**text) : std::optional<std::string>(std::nullopt);
  if (!octets || octets->empty())
    return refuse("its \"" + std::string(name) + "\" is missing or no base64url");
  return *octets;
}

Result<PublicKey> rsa_key(const bj::object& jwk) {
  const Result<std::string> modulus = octets_of(jwk, "n");
  if (!modulus) return std::unexpected(modulus.error());
  const Result<std::string> exponent = octets_of(jwk, "e");
  if (!exponent) return std::unexpected(exponent.error());
  return PublicKey::rsa(*modulus, *exponent);
}

Result<PublicKey> elliptic_key(const bj::object& jwk, KeyType type) {
  const Result<std::string> x = octets_of(jwk, "x");
  if (!x) return std::unexpected(x.error());
  const Result<std::string> y = octets_of(jwk, "y");
  if (!y) return std::unexpected(y.error());
  return PublicKey::elliptic(type, *x, *y);
}

Result<PublicKey> public_key(const bj::object& jwk) {
  const Result<std::optional<std::string>> kind = text_of(jwk, "kty");
  if (!kind) return std::unexpected(kind.error());
  const Result<std::optional<std::string>> curve = text_of(jwk, "crv");
  if (!curve) return std::unexpected(curve.error());
  const std::string name = kind->value_or("") + " " + curve->value_or("");
  if (kind->value_or("") == "RSA") return rsa_key(jwk);
  if (name == "EC P-256") return elliptic_key(jwk, KeyType::kP256);
  if (name == "EC P-384") return elliptic_key(jwk, KeyType::kP384);
  if (name == "OKP Ed25519") {
    const Result<std::string> x = octets_of(jwk, "x");
    if (!x) return std::unexpected(x.error());
    return PublicKey::ed25519(*x);
  }
  return refuse("is of a kind that is not known here: " + printable(name, 60));
}

// RFC 7517, 4.2 and 4.3.
bool is_for_signatures(const bj::object& jwk) {
  const bj::value* const use = jwk.if_contains("use");
  if (use != nullptr && (!use->is_string() || use->get_string() != "sig")) return false;
  const bj::value* const operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  const bj::array* const list = operations->if_array();
  return list != nullptr && std::ranges::any_of(*list, [](const bj::value& operation) {
           return operation.is_string() && operation.get_string() == "verify";
         });
}

Result<VerificationKey> read_key(const bj::object& jwk, std::string id) {
  for (const std::string_view name : kPrivateMembers) {
    if (jwk.contains(name)) return refuse("holds what should be secret");
  }
  if (!is_for_signatures(jwk)) return refuse("is not for signatures");
  const Result<std::optional<std::string>> named = text_of(jwk, "alg");
  if (!named) return std::unexpected(named.error());
  std::optional<SignatureAlgorithm> only;
  if (*named) {
    only = algorithm_named(**named);
    if (!only) return refuse("is for an algorithm that is not taken: " + printable(**named, 40));
  }
  Result<PublicKey> key = public_key(jwk);
  if (!key) return std::unexpected(key.error());
  if (only && crypto::key_type_of(*only) != key->type()) return refuse("is not of its algorithm's kind");
  return VerificationKey(std::move(id), *std::move(key), only);
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return refuse("the keys take more than 256 KiB");
  const auto document = wire::parse_strict_json(text, kMaxDepth);
  const bj::object* const root = document ? document->if_object() : nullptr;
  const bj::value* const member = root != nullptr ? root->if_contains("keys") : nullptr;
  const bj::array* const list = member != nullptr ? member->if_array() : nullptr;
  if (list == nullptr) return refuse("the keys are no JWK Set");
  if (list->size() > kMaxKeys) return refuse("there are more than 64 keys");

  KeySet keys;
  for (const bj::value& each : *list) {
    const bj::object* const jwk = each.if_object();
    if (jwk == nullptr) return refuse("the keys are no JWK Set");
    Result<std::optional<std::string>> id = text_of(*jwk, "kid");
    const bool has_odd_id = !id || id->value_or("").size() > kMaxKeyId;
    if (has_odd_id) {
      keys.left_out_.emplace_back("a key: its \"kid\" is no text, or longer than 256 bytes");
      continue;
    }
    const std::string name = id->value_or("");
    Result<VerificationKey> key = read_key(*jwk, name);
    if (key) {
      keys.keys_.push_back(*std::move(key));
    } else {
      keys.left_out_.push_back("key \"" + printable(name, 80) + "\": " + key.error().message());
    }
  }
  if (keys.keys_.empty()) return refuse("none of the keys can be used");
  return keys;
}

KeySet KeySet::of(std::vector<VerificationKey> keys) {
  KeySet set;
  set.keys_ = std::move(keys);
  return set;
}

std::vector<const VerificationKey*> KeySet::that_may_have_signed(
    SignatureAlgorithm algorithm, const std::optional<std::string>& key_id) const {
  std::vector<const VerificationKey*> found;
  for (const VerificationKey& key : keys_) {
    const bool may_have = key.is_for(algorithm) && (!key_id || key.id() == *key_id);
    if (may_have && found.size() < kMaxTried) found.push_back(&key);
  }
  return found;
}

}  // namespace hubwarden::jwt

#include "jwt/raw_jwt.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "jwt/algorithm.h"
#include "wire/strict_json.h"

namespace hubwarden::jwt {
namespace {

namespace bj = boost::json;

// Headers by which a token would bring its own key, or have one fetched from wherever it says (RFC
// 8725, 3.10), and extensions that must be understood.
constexpr std::string_view kRefusedHeaders[] = {"jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "enc"};

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "the JWT " + std::move(why));
}

Result<bj::object> object_of(std::string_view encoded, std::string_view what) {
  std::optional<std::string> text = decode_base64url(encoded);
  if (!text) return refuse("has " + std::string(what) + " that are no base64url");
  auto document = wire::parse_strict_json(*text, RawJwt::kMaxDepth);
  wipe(*text);
  if (!document && document.error() == wire::JsonFault::kStandsTwice) {
    return refuse("has " + std::string(what) + " of which one stands twice");
  }
  if (!document || !document->is_object()) {
    return refuse("has " + std::string(what) + " that are no JSON object");
  }
  return std::move(document->get_object());
}

// RFC 7519, 5.1, and RFC 8725, 3.11: tokens for other purposes say so.
bool is_of_type(const bj::object& header, std::string_view wanted) {
  const bj::value* const type = header.if_contains("typ");
  if (type == nullptr) return wanted == RawJwt::kPlain;
  return type->is_string() && equal_ignoring_case(std::string_view(type->get_string()), wanted);
}

}  // namespace

Result<RawJwt> RawJwt::parse(const Secret& compact, std::string_view type) {
  const std::string_view text = compact.reveal();
  if (text.size() > kMaxBytes) return refuse("is longer than 16 KiB");
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() == 5) return refuse("is encrypted; a signed one is wanted");
  if (parts.size() != 3) return refuse("has not three parts");

  RawJwt jwt;
  const Result<> header = jwt.read_header(parts[0], type);
  if (!header) return std::unexpected(header.error());
  Result<bj::object> claims = object_of(parts[1], "claims");
  if (!claims) return std::unexpected(claims.error());
  jwt.claims_ = *std::move(claims);
  std::optional<std::string> signature = decode_base64url(parts[2]);
  if (!signature || signature->empty()) return refuse("has no signature");
  jwt.signature_ = *std::move(signature);
  jwt.signed_part_ = Secret(text.substr(0, parts[0].size() + 1 + parts[1].size()));
  jwt.digest_ = crypto::sha256(text);
  return jwt;
}

Result<> RawJwt::read_header(std::string_view encoded, std::string_view type) {
  if (encoded.size() > kMaxHeader) return refuse("has a header that is longer than 4 KiB");
  const Result<bj::object> header = object_of(encoded, "header fields");
  if (!header) return std::unexpected(header.error());
  for (const std::string_view name : kRefusedHeaders) {
    if (header->contains(name)) return refuse("has a header that is not taken: " + std::string(name));
  }
  const bj::value* const named = header->if_contains("alg");
  const auto algorithm = named != nullptr && named->is_string()
                             ? algorithm_named(std::string_view(named->get_string()))
                             : std::nullopt;
  if (!algorithm) return refuse("is not signed with an algorithm that is taken");
  algorithm_ = *algorithm;
  if (!is_of_type(*header, type)) return refuse("is of another type than " + std::string(type));
  const bj::value* const key_id = header->if_contains("kid");
  if (key_id == nullptr) return {};
  if (!key_id->is_string() || key_id->get_string().empty() ||
      key_id->get_string().size() > KeySet::kMaxKeyId) {
    return refuse("has a kid that is no key's id");
  }
  key_id_ = std::string(key_id->get_string());
  return {};
}

std::string RawJwt::claimed_issuer() const {
  return std::string(wire::text_at(claims_, "iss").value_or(""));
}

std::vector<const VerificationKey*> RawJwt::keys_of(const KeySet& keys) const {
  return keys.that_may_have_signed(algorithm_, key_id_);
}

bool RawJwt::is_signed_by(const VerificationKey& key) const {
  return key.is_for(algorithm_) && key.key().verifies(algorithm_, signed_part_.reveal(), signature_);
}

}  // namespace hubwarden::jwt

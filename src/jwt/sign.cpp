#include "jwt/sign.h"

#include <boost/json/serialize.hpp>
#include <string>

#include "base/text.h"
#include "jwt/algorithm.h"

namespace hubwarden::jwt {
namespace {

std::string encoded(std::string_view text) {
  return base64url(as_bytes(text));
}

}  // namespace

Secret sign_jwt(std::string_view type, const boost::json::object& claims, const crypto::Ed25519Key& key,
                std::string_view key_id) {
  const boost::json::object header = {
      {"alg", to_string(crypto::SignatureAlgorithm::kEdDsa)}, {"typ", type}, {"kid", key_id}};
  std::string token = encoded(boost::json::serialize(header)) + "." + encoded(boost::json::serialize(claims));
  const std::string signature = encoded(key.sign(token));
  token.reserve(token.size() + 1 + signature.size());
  token.append(".").append(signature);
  return Secret::absorb(token);
}

}  // namespace hubwarden::jwt

#pragma once

// JWTs and key sets for tests, made piece by piece so that each piece can be wrong.

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "jwt/algorithm.h"
#include "tests/support/test_signer.h"

namespace hubwarden::jwt {

inline constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};
inline constexpr std::string_view kIssuer = "https://issuer.example.com";
inline constexpr std::string_view kAudience = "hubwarden";

inline std::string encoded(std::string_view text) {
  return base64url(as_bytes(text));
}

// What `signer` publishes, as an object that a test may change.
inline boost::json::object jwk_of(const testing::TestSigner& signer, std::string_view id) {
  boost::json::object jwk{{"kid", id}, {"use", "sig"}};
  switch (signer.type()) {
    case crypto::KeyType::kRsa:
      jwk["kty"] = "RSA";
      jwk["n"] = encoded(signer.modulus());
      jwk["e"] = encoded(signer.exponent());
      break;
    case crypto::KeyType::kP256:
    case crypto::KeyType::kP384:
      jwk["kty"] = "EC";
      jwk["crv"] = signer.type() == crypto::KeyType::kP256 ? "P-256" : "P-384";
      jwk["x"] = encoded(signer.x());
      jwk["y"] = encoded(signer.y());
      break;
    case crypto::KeyType::kEd25519:
      jwk["kty"] = "OKP";
      jwk["crv"] = "Ed25519";
      jwk["x"] = encoded(signer.x());
      break;
  }
  return jwk;
}

inline std::string jwks_of(const boost::json::array& keys) {
  return boost::json::serialize(boost::json::object{{"keys", keys}});
}

// A good one, unless a test changes what it is made of.
struct JwtMaker {
  explicit JwtMaker(crypto::SignatureAlgorithm algorithm_ = crypto::SignatureAlgorithm::kRs256)
      : algorithm(algorithm_),
        signer(&testing::TestSigner::of(crypto::key_type_of(algorithm_))),
        header{{"alg", to_string(algorithm_)}, {"typ", "JWT"}, {"kid", to_string(algorithm_)}} {}

  std::string signed_part() const {
    const std::string head = header_text.empty() ? boost::json::serialize(header) : header_text;
    const std::string body = claims_text.empty() ? boost::json::serialize(claims) : claims_text;
    return encoded(head) + "." + encoded(body);
  }
  std::string text() const {
    const std::string part = signed_part();
    return part + "." + encoded(signer->sign(algorithm, part));
  }
  Secret token() const { return Secret(text()); }

  static std::int64_t in(std::chrono::seconds from_now) {
    return std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch() + from_now).count();
  }

  crypto::SignatureAlgorithm algorithm;
  const testing::TestSigner* signer;
  boost::json::object header;
  std::string header_text;  // in its place, if there is one
  boost::json::object claims{{"iss", kIssuer},
                             {"sub", "system:serviceaccount:agents:review-bot"},
                             {"aud", kAudience},
                             {"exp", in(std::chrono::minutes(10))},
                             {"nbf", in(std::chrono::seconds(0))},
                             {"iat", in(std::chrono::seconds(0))}};
  std::string claims_text;
};

}  // namespace hubwarden::jwt

#include "jwt/key_set.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "jwt/jwt_fixture.h"

namespace hubwarden::jwt {
namespace {

namespace bj = boost::json;
using crypto::KeyType;
using crypto::SignatureAlgorithm;
using testing::TestSigner;

const bj::object kRsa = jwk_of(TestSigner::of(KeyType::kRsa), "rsa");
const bj::object kP256 = jwk_of(TestSigner::of(KeyType::kP256), "p256");
const bj::object kEd25519 = jwk_of(TestSigner::of(KeyType::kEd25519), "ed");

template <class Value>
bj::object with(bj::object jwk, std::string_view name, const Value& value) {
  if constexpr (std::is_convertible_v<Value, std::string_view>) {
    jwk[name] = std::string_view(value);
  } else {
    jwk[name] = value;
  }
  return jwk;
}

TEST(KeySet, GivesTheKeysThatFitAToken) {
  const Result<KeySet> keys = KeySet::parse(jwks_of({kRsa, kP256, kEd25519}));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), 3U);
  EXPECT_TRUE(keys->left_out().empty());
  EXPECT_EQ(keys->that_may_have_signed(SignatureAlgorithm::kRs256, "rsa").size(), 1U);
  EXPECT_EQ(keys->that_may_have_signed(SignatureAlgorithm::kPs512, "rsa").size(), 1U);
  EXPECT_EQ(keys->that_may_have_signed(SignatureAlgorithm::kEs256, std::nullopt).size(), 1U);
  EXPECT_TRUE(keys->that_may_have_signed(SignatureAlgorithm::kEs384, std::nullopt).empty());
  EXPECT_TRUE(keys->that_may_have_signed(SignatureAlgorithm::kRs256, "p256").empty());
  EXPECT_TRUE(keys->that_may_have_signed(SignatureAlgorithm::kRs256, "RSA").empty());
}

TEST(KeySet, HoldsAKeyToTheAlgorithmThatIsPublishedWithIt) {
  const Result<KeySet> keys = KeySet::parse(jwks_of({with(kRsa, "alg", "PS256")}));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->that_may_have_signed(SignatureAlgorithm::kPs256, "rsa").size(), 1U);
  EXPECT_TRUE(keys->that_may_have_signed(SignatureAlgorithm::kPs384, "rsa").empty());
  EXPECT_TRUE(keys->that_may_have_signed(SignatureAlgorithm::kRs256, "rsa").empty());
}

TEST(KeySet, TriesNoMoreThanAFew) {
  bj::array many;
  for (int i = 0; i < 20; ++i) many.push_back(with(kRsa, "kid", std::to_string(i)));
  const Result<KeySet> keys = KeySet::parse(jwks_of(many));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->that_may_have_signed(SignatureAlgorithm::kRs256, std::nullopt).size(), KeySet::kMaxTried);
}

TEST(KeySet, LeavesOutWhatItCannotUseAndSaysWhy) {
  const struct {
    std::string_view says;
    bj::object jwk;
  } cases[] = {
      {"kind", with(kRsa, "kty", "oct")},
      {"kind", with(kRsa, "kty", "rsa")},
      {"kind", with(kP256, "crv", "secp256k1")},
      {"kind", with(kP256, "crv", "P-521")},
      {"kind", with(kEd25519, "crv", "X25519")},
      {"kind", bj::object{{"kid", "empty"}}},
      {"is no text", with(kRsa, "kty", 1)},
      {"not for signatures", with(kRsa, "use", "enc")},
      {"not for signatures", with(kRsa, "use", 1)},
      {"not for signatures", with(kRsa, "key_ops", bj::array{"sign"})},
      {"not for signatures", with(kRsa, "key_ops", "verify")},
      {"not taken", with(kRsa, "alg", "RSA-OAEP")},
      {"not taken", with(kRsa, "alg", "HS256")},
      {"not taken", with(kRsa, "alg", "none")},
      {"algorithm's kind", with(kRsa, "alg", "ES256")},
      {"algorithm's kind", with(kP256, "alg", "ES384")},
      {"should be secret", with(kRsa, "d", "AAAA")},
      {"should be secret", with(kP256, "d", "AAAA")},
      {"should be secret", with(kRsa, "k", "AAAA")},
      {"\"n\" is missing", with(kRsa, "n", "")},
      {"\"n\" is missing", with(kRsa, "n", "++++")},
      {"\"e\" is no text", with(kRsa, "e", 65537)},
      {"no RSA key", with(kRsa, "e", "AQ")},
      {"fewer than 2048 bits", with(kRsa, "n", encoded(std::string(128, '\x7f')))},
      {"curve", with(kP256, "y", kP256.at("x"))},
      {"length", with(kP256, "x", "AAAA")},
      {"32 bytes", with(kEd25519, "x", "AAAA")},
      {"\"kid\"", with(kRsa, "kid", 1)},
      {"\"kid\"", with(kRsa, "kid", std::string(257, 'k'))},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(bj::serialize(c.jwk));
    const Result<KeySet> keys = KeySet::parse(jwks_of({c.jwk, kEd25519}));
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->size(), 1U);
    ASSERT_EQ(keys->left_out().size(), 1U);
    EXPECT_NE(keys->left_out().front().find(c.says), std::string::npos) << keys->left_out().front();
    EXPECT_FALSE(KeySet::parse(jwks_of({c.jwk}))) << "none is left";
  }
}

TEST(KeySet, TakesMembersThatItDoesNotKnow) {
  EXPECT_TRUE(KeySet::parse(jwks_of({with(kRsa, "x5c", bj::array{"MIIB"})})));
  EXPECT_TRUE(KeySet::parse(jwks_of({with(kRsa, "key_ops", bj::array{"verify", "sign"})})));
  EXPECT_TRUE(KeySet::parse(bj::serialize(bj::object{{"keys", bj::array{kRsa}}, {"next", 1}})));
}

TEST(KeySet, RefusesWhatIsNone) {
  bj::array many(KeySet::kMaxKeys + 1, bj::value(kEd25519));
  const std::string texts[] = {"",
                               "{}",
                               "[]",
                               R"({"keys":{}})",
                               R"({"keys":[]})",
                               R"({"keys":[1]})",
                               R"({"keys":[],"keys":[]})",
                               jwks_of({kRsa}) + "x",
                               jwks_of(many),
                               std::string(KeySet::kMaxBytes + 1, ' ')};
  for (const std::string& text : texts) {
    const Result<KeySet> keys = KeySet::parse(text);
    ASSERT_FALSE(keys) << text.substr(0, 80);
    EXPECT_EQ(keys.error().code(), ErrorCode::kUpstreamProtocol);
  }
}

}  // namespace
}  // namespace hubwarden::jwt

#include "sandbox/app_jwt.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using boost::json::object;
using namespace testing;

constexpr std::string_view kUndecodable = "A JSON web token could not be decoded";
constexpr std::string_view kExpired =
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
    "assertion "
    "expires";
constexpr std::string_view kTooFar = "'Expiration time' claim ('exp') is too far in the future";
constexpr std::string_view kIssuedAt =
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
constexpr std::string_view kIssuer = "'Issuer' claim ('iss') must be an Integer";

class AppJwt : public ::testing::Test {
 protected:
  std::string refusal(const std::string& token, QuotedIssuer quoted = QuotedIssuer::kAccept) {
    const auto checked = check_app_jwt(token, small.world(), kStart, quoted);
    return checked ? "" : checked.error();
  }
  std::string refusal_with(std::string_view claim, const boost::json::value& value) {
    object claims = good_claims(small.app, kStart);
    claims[claim] = value;
    return refusal(sign(app_key(), claims));
  }

  SmallWorld small;
  const std::int64_t now = seconds_of(kStart);
};

TEST_F(AppJwt, PassesWithTheNumberOrTheClientIdAsIssuer) {
  EXPECT_EQ(refusal(small.jwt()), "");
  EXPECT_EQ(refusal_with("iss", boost::json::string(small.world().app(small.app)->client_id)), "");
  EXPECT_EQ(refusal_with("iss", boost::json::string(std::to_string(small.app.value()))), "");
}

TEST_F(AppJwt, MayRefuseANumberInQuotes) {
  object claims = good_claims(small.app, kStart);
  claims["iss"] = std::to_string(small.app.value());
  EXPECT_EQ(refusal(sign(app_key(), claims), QuotedIssuer::kRefuse), kIssuer);
}

TEST_F(AppJwt, IsRefusedInGitHubsWordsForEachWrongClaim) {
  struct Row {
    std::string_view claim;
    boost::json::value value;
    std::string_view message;
  };
  const Row rows[] = {
      {"iss", 1, kUndecodable},
      {"iss", -1, kUndecodable},
      {"iss", "nobody", kIssuer},
      {"iss", nullptr, kIssuer},
      {"exp", now, kExpired},
      {"exp", now - 1, kExpired},
      {"exp", static_cast<double>(now) + 60.5, kExpired},
      {"exp", boost::json::string(std::to_string(now + 60)), kExpired},
      {"exp", nullptr, kExpired},
      {"exp", now + 1, ""},
      {"exp", now + 600, ""},
      {"exp", now + 601, kTooFar},
      {"iat", now, ""},
      {"iat", now + 1, kIssuedAt},
      {"iat", static_cast<double>(now) - 0.5, kIssuedAt},
      {"iat", nullptr, kIssuedAt},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(refusal_with(row.claim, row.value), row.message) << row.claim << " " << row.value;
  }
}

TEST_F(AppJwt, IsUndecodableWhenItIsNotOne) {
  const std::string good = small.jwt();
  const std::string head = good.substr(0, good.find('.'));
  const std::string no_signature = good.substr(0, good.rfind('.') + 1);
  for (const std::string& token :
       {std::string(), std::string("x"), std::string("..."), std::string("a.b.c"), head, no_signature,
        good + "A", good + ".x", std::string(10'000, 'a') + ".b.c"}) {
    EXPECT_EQ(refusal(token), kUndecodable) << token.substr(0, 40);
  }
}

TEST_F(AppJwt, IsUndecodableWithAnotherKeyOrAlgorithm) {
  EXPECT_EQ(refusal(sign(KeyPair::generate(), good_claims(small.app, kStart))), kUndecodable);
  for (const std::string_view algorithm : {"none", "HS256", "RS512", "rs256"}) {
    EXPECT_EQ(refusal(sign(app_key(), good_claims(small.app, kStart), algorithm)), kUndecodable) << algorithm;
  }
}

TEST_F(AppJwt, PassesWithEachOfTheAppsKeysUntilItIsRemoved) {
  const KeyPair second = KeyPair::generate();
  ASSERT_TRUE(small.world().add_key(small.app, second.public_key()));
  const std::string token = sign(second, good_claims(small.app, kStart));
  EXPECT_EQ(refusal(token), "");
  EXPECT_EQ(refusal(small.jwt()), "");
  ASSERT_TRUE(small.world().remove_key(small.app, second.public_key().fingerprint()));
  EXPECT_EQ(refusal(token), kUndecodable);
}

TEST_F(AppJwt, IsToldFromATokenByItsForm) {
  EXPECT_TRUE(looks_like_jwt("a.b.c"));
  EXPECT_FALSE(looks_like_jwt("ghs_1_a.b.c"));
  EXPECT_FALSE(looks_like_jwt("ghs_abc"));
}

}  // namespace
}  // namespace hubwarden::sandbox

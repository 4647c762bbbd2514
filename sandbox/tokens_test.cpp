#include "sandbox/tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

Token token_of(std::string_view text, InstallationId installation = InstallationId(1)) {
  return Token{.number = 1,
               .hashed = hashed_token(text),
               .installation = installation,
               .app = AppId(2),
               .repositories = std::nullopt,
               .permissions = {},
               .issued_at = {},
               .expires_at = {}};
}

TEST(ClassicToken, HasFortyLettersAndDigits) {
  SeededRandom random(7);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(std::regex_match(classic_token(random), std::regex("ghs_[A-Za-z0-9]{36}")));
  }
}

TEST(StatelessToken, IsLongWithTwoDotsAndTheAppsNumber) {
  SeededRandom random(7);
  const TimePoint expiry = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);
  const std::string token = stateless_token(AppId(1234567), InstallationId(50000001), expiry, random);
  EXPECT_TRUE(token.starts_with("ghs_1234567_"));
  EXPECT_EQ(std::count(token.begin(), token.end(), '.'), 2);
  EXPECT_GT(token.size(), 480U);
  EXPECT_LT(token.size(), 560U);
  EXPECT_TRUE(std::regex_match(token, std::regex("ghs_[A-Za-z0-9._-]{36,}")));
}

TEST(TokenTable, KnowsATokenByItsDigest) {
  TokenTable table;
  table.add(token_of("one"));
  ASSERT_TRUE(table.find("one"));
  EXPECT_FALSE(table.find("two"));
  EXPECT_FALSE(table.find(""));
}

TEST(TokenTable, RevokesOnce) {
  TokenTable table;
  table.add(token_of("one"));
  EXPECT_TRUE(table.revoke(hashed_token("one")));
  EXPECT_FALSE(table.revoke(hashed_token("one")));
  EXPECT_FALSE(table.revoke(hashed_token("two")));
  EXPECT_TRUE(table.find("one")->revoked);
}

TEST(TokenTable, RevokesAllOfOneInstallation) {
  TokenTable table;
  table.add(token_of("one", InstallationId(1)));
  table.add(token_of("two", InstallationId(1)));
  table.add(token_of("three", InstallationId(2)));
  EXPECT_EQ(table.revoke_all(InstallationId(1)), 2U);
  EXPECT_FALSE(table.find("three")->revoked);
}

}  // namespace
}  // namespace hubwarden::sandbox

#include "github/app_jwt.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "github/server_clock.h"
#include "github/test_key.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow = *parse_rfc3339("2026-11-22T12:00:00Z") + 750ms;  // 1795348800
const AppId kApp = *AppId::parse("123456");

TEST(AppId, IsANumberOrAClientId) {
  const struct {
    std::string_view given, text;
    bool is_number;
  } cases[] = {
      {"1", "1", true},
      {"123456", "123456", true},
      {"0123", "123", true},
      {"Iv1.8a61f9b3a7aba766", "Iv1.8a61f9b3a7aba766", false},
      {"Iv23liABCdef-_", "Iv23liABCdef-_", false},
      {"12x", "12x", false},
  };
  for (const auto& c : cases) {
    const Result<AppId> app = AppId::parse(c.given);
    ASSERT_TRUE(app.has_value()) << c.given;
    EXPECT_EQ(app->text(), c.text);
    EXPECT_EQ(app->is_number(), c.is_number);
  }
  for (const std::string& bad : {std::string(), std::string("0"), std::string("-5"),
                                 std::string("99999999999999999999"), std::string("a\"b"), std::string("a b"),
                                 std::string("a\\"), std::string("1\n"), std::string(65, 'a')}) {
    const Result<AppId> app = AppId::parse(bad);
    ASSERT_FALSE(app.has_value()) << bad;
    EXPECT_EQ(app.error().fix(), Fix::kOperator);
  }
}

TEST(AppJwt, ClaimsAreIntegersByGitHubsClock) {
  EXPECT_EQ(app_jwt_claims(kApp, kNow), R"({"iat":1795348740,"exp":1795349340,"iss":123456})");
  EXPECT_EQ(app_jwt_claims(*AppId::parse("Iv1.8a61f9b3a7aba766"), kNow),
            R"({"iat":1795348740,"exp":1795349340,"iss":"Iv1.8a61f9b3a7aba766"})");
}

TEST(AppJwt, IsSignedWithRs256) {
  const Secret jwt = sign_app_jwt(kApp, test_key(), kNow);
  const std::vector<std::string_view> parts = split(jwt.reveal(), '.');
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(decode_base64url(parts[0]), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(decode_base64url(parts[1]), app_jwt_claims(kApp, kNow));
  const auto signed_part = jwt.reveal().substr(0, parts[0].size() + 1 + parts[1].size());
  EXPECT_TRUE(test_key_verifies(signed_part, decode_base64url(parts[2]).value_or("")));
  EXPECT_FALSE(test_key_verifies("something else", decode_base64url(parts[2]).value_or("")));
}

TEST(AppJwtCache, SignsOnceAndAgainAMinuteBeforeTheEnd) {
  ManualClock clock(kNow);
  AppJwtCache cache(kApp, test_key(), clock);
  const Secret first = cache.current();
  clock.advance(8min - 1s);
  EXPECT_TRUE(cache.current() == first);
  clock.advance(1s);
  const Secret second = cache.current();
  EXPECT_FALSE(second == first);
  EXPECT_TRUE(cache.current() == second);
}

TEST(AppJwtCache, SignsAgainWhenTheClockWasSetBackOrGitHubComplained) {
  ManualClock clock(kNow);
  AppJwtCache cache(kApp, test_key(), clock);
  const Secret first = cache.current();
  clock.jump(-60s);
  EXPECT_TRUE(cache.current() == first);
  clock.jump(-1s);
  const Secret second = cache.current();
  EXPECT_FALSE(second == first);
  clock.advance(1s);
  cache.forget();
  EXPECT_FALSE(cache.current() == second);
}

TEST(AppJwtCache, SignsByGitHubsClock) {
  ManualClock local(kNow - 1h);
  ServerClock github(local);
  http::Fields fields;
  fields.add("Date", http_date(kNow));
  ASSERT_TRUE(github.observe(fields, 0s));
  AppJwtCache cache(kApp, test_key(), github);
  const Secret jwt = cache.current();
  EXPECT_EQ(decode_base64url(split(jwt.reveal(), '.')[1]), app_jwt_claims(kApp, github.now()));
  EXPECT_LE(std::chrono::abs(github.now() - kNow), 1s);
}

TEST(AppJwtCache, GivesEveryThreadAValidJwt) {
  ManualClock clock(kNow);
  AppJwtCache cache(kApp, test_key(), clock);
  const std::string claims = app_jwt_claims(kApp, kNow);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) {
        if (n % 25 == 0) cache.forget();
        const Secret jwt = cache.current();
        EXPECT_EQ(decode_base64url(split(jwt.reveal(), '.')[1]), claims);
      }
    });
  }
}

}  // namespace
}  // namespace hubwarden::github

#include "apps/git-credential-hubwarden/token_reply.h"

#include <gtest/gtest.h>

namespace hubwarden::git_credential {
namespace {

using namespace std::chrono_literals;

TEST(TokenReply, HoldsTheTokenAndItsExpiry) {
  const auto token =
      read_token_reply(200,
                       R"({"token":"ghs_abc","expires_at":"2026-11-22T19:30:00Z",)"
                       R"("permissions":{"contents":"write"},"repositories":["acme/widgets"],"new":[{}]})",
                       std::nullopt);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->value.reveal(), "ghs_abc");
  EXPECT_EQ(token->expires_at, TimePoint(1'795'375'800s));
}

TEST(TokenReply, OfAStaticTokenHasNoExpiry) {
  for (const auto* body : {R"({"token":"ghp_x"})", R"({"token":"ghp_x","expires_at":null})"}) {
    const auto token = read_token_reply(200, body, std::nullopt);
    ASSERT_TRUE(token);
    EXPECT_FALSE(token->expires_at);
  }
}

TEST(TokenReply, IsRefusedWhenItIsNotOne) {
  const std::string long_token(kMaxToken + 1, 'a');
  const std::string bad[] = {"",
                             "null",
                             "[]",
                             "\"ghs_a\"",
                             "{",
                             "{\"token\":\"a\"} x",
                             R"({"token":1})",
                             R"({"token":""})",
                             R"({"token":"a b"})",
                             R"({"token":"a\nhost=evil"})",
                             R"({"token":"a\u0000b"})",
                             R"({"token":"\u00e4"})",
                             R"({"token":"a","expires_at":"soon"})",
                             R"({"token":"a","expires_at":5})",
                             R"({"expires_at":"2026-11-22T19:30:00Z"})",
                             "{\"token\":\"" + long_token + "\"}",
                             "{\"token\":\"\xff\"}",
                             std::string(5000, '[')};
  for (const std::string& body : bad) {
    const auto token = read_token_reply(200, body, std::nullopt);
    ASSERT_FALSE(token) << body.substr(0, 60);
    EXPECT_EQ(token.error().code(), ErrorCode::kUpstreamProtocol);
  }
}

TEST(TokenReply, CarriesARefusalWithItsCodeAndWho) {
  const auto token = read_token_reply(
      500, R"({"error":"rate_limited","message":"used \u001b[2Jup","retry_after":36.2,"fix":"operator"})",
      5s);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code(), ErrorCode::kRateLimited);
  EXPECT_EQ(token.error().message(), "used [2Jup");
  EXPECT_EQ(token.error().retry_after(), 37s);
  EXPECT_EQ(token.error().fix(), Fix::kOperator);
}

TEST(TokenReply, TakesTheWaitFromTheHeaderWhenTheBodyHasNone) {
  for (const auto* wait : {"", R"(,"retry_after":null)", R"(,"retry_after":-1)", R"(,"retry_after":1e300)"}) {
    const auto token = read_token_reply(503, R"({"error":"unavailable")" + std::string(wait) + "}", 5s);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().retry_after(), 5s);
    EXPECT_EQ(token.error().fix(), Fix::kWait);
  }
}

TEST(TokenReply, FromAProxyIsAnAbsenceWhenItsStatusSaysSo) {
  const auto away = read_token_reply(503, "<html>maintenance</html>", 2s);
  EXPECT_EQ(away.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(away.error().retry_after(), 2s);
  for (const int status : {200, 302, 404, 500}) {
    EXPECT_EQ(read_token_reply(status, "<html>", std::nullopt).error().code(), ErrorCode::kUpstreamProtocol);
  }
  EXPECT_EQ(read_token_reply(401, R"({"error":"new_code"})", std::nullopt).error().code(),
            ErrorCode::kUpstreamProtocol);
  EXPECT_EQ(read_token_reply(401, R"({"error":"unauthenticated"})", std::nullopt).error().code(),
            ErrorCode::kUnauthenticated);
}

}  // namespace
}  // namespace hubwarden::git_credential

#include "fleet/failure_value.h"

#include <gtest/gtest.h>

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;

constexpr SteadyPoint kNotBefore{100s};
constexpr TimePoint kMetAt{1'800'000'000s + 1ms};

tokens::SharedFailure limited() {
  Error error(ErrorCode::kRateLimited, "used up");
  error = std::move(error).with_limit(Limit::kSecondary).with_upstream_status(429).with_detail("acme \"x\"");
  return {tokens::Failure(std::move(error).with_fix(Fix::kOperator), 3, SteadyPoint(7s)), kMetAt};
}

TEST(FailureValue, IsTheSameFailureOnceItIsRead) {
  const auto read = read_failure_value(failure_value(limited()), kNotBefore);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->met_at, kMetAt);
  EXPECT_EQ(read->failure.not_before(), kNotBefore);
  EXPECT_EQ(read->failure.consecutive(), 3);
  const Error& error = read->failure.cause();
  EXPECT_EQ(error.code(), ErrorCode::kRateLimited);
  EXPECT_EQ(error.fix(), Fix::kOperator);
  EXPECT_EQ(error.message(), "used up");
  EXPECT_EQ(error.detail(), "acme \"x\"");
  EXPECT_EQ(error.limit(), Limit::kSecondary);
  EXPECT_EQ(error.upstream_status(), 429);
}

TEST(FailureValue, MayBeOfAnyCode) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    const tokens::Failure failure(Error(static_cast<ErrorCode>(code), "why"), 1, kNotBefore);
    const auto read = read_failure_value(failure_value({failure, kMetAt}), kNotBefore);
    ASSERT_TRUE(read) << code;
    EXPECT_EQ(read->failure.code(), static_cast<ErrorCode>(code));
    EXPECT_FALSE(read->failure.cause().limit());
    EXPECT_FALSE(read->failure.cause().upstream_status());
  }
}

TEST(FailureValue, IsNothingUnlessItIsWhole) {
  constexpr std::string_view kWhole =
      R"({"code":"gone","fix":"caller","message":"why","consecutive":1,"met_at":1})";
  EXPECT_TRUE(read_failure_value(kWhole, kNotBefore));
  for (const std::string_view broken : {
           R"({"fix":"caller","message":"why","consecutive":1,"met_at":1})",
           R"({"code":"none","fix":"caller","message":"why","consecutive":1,"met_at":1})",
           R"({"code":"gone","fix":"nobody","message":"why","consecutive":1,"met_at":1})",
           R"({"code":"gone","fix":"caller","message":7,"consecutive":1,"met_at":1})",
           R"({"code":"gone","fix":"caller","message":"why","consecutive":0,"met_at":1})",
           R"({"code":"gone","fix":"caller","message":"why","consecutive":4294967297,"met_at":1})",
           R"({"code":"gone","fix":"caller","message":"why","consecutive":1,"met_at":-1})",
           R"({"code":"gone","fix":"caller","message":"why","limit":"his","consecutive":1,"met_at":1})",
           R"([])",
           R"()",
       }) {
    EXPECT_FALSE(read_failure_value(broken, kNotBefore)) << broken;
  }
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    EXPECT_FALSE(read_failure_value(kWhole.substr(0, length), kNotBefore)) << length;
  }
}

}  // namespace
}  // namespace hubwarden::fleet

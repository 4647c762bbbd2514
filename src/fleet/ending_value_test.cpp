#include "fleet/ending_value.h"

#include <gtest/gtest.h>

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kDue{1'800'000'900s + 1ms};

TEST(EndingValue, IsTheSameEndingOnceItIsRead) {
  const tokens::Ending ending(tokens::AppRef("github.com", "12"),
                              Secret("ghs_16C7e42F292c6912E7710c838347Ae17"), "not sent", kDue, kDue + 45min);
  const Secret value = ending_value(ending);
  const tokens::EndingPtr read = read_ending_value(value.reveal());
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->app, ending.app);
  EXPECT_EQ(read->token, ending.token);
  EXPECT_EQ(read->fingerprint.substr(0, 4), "ghs_");
  EXPECT_EQ(read->fingerprint.find("16C7"), std::string::npos);
  EXPECT_EQ(read->due, kDue);
  EXPECT_EQ(read->dead_at, kDue + 45min);
}

TEST(EndingValue, IsNothingUnlessItIsWhole) {
  constexpr std::string_view kWhole = R"({"token":"t","host":"h","app":"12","due":1,"dead_at":2})";
  EXPECT_NE(read_ending_value(kWhole), nullptr);
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    EXPECT_EQ(read_ending_value(kWhole.substr(0, length)), nullptr) << length;
  }
  for (const std::string_view broken : {
           R"({"host":"h","app":"12","due":1,"dead_at":2})",
           R"({"token":"","host":"h","app":"12","due":1,"dead_at":2})",
           R"({"token":"a\nb","host":"h","app":"12","due":1,"dead_at":2})",
           R"({"token":"t","app":"12","due":1,"dead_at":2})",
           R"({"token":"t","host":"h","due":1,"dead_at":2})",
           R"({"token":"t","host":"h","app":"12","due":"1","dead_at":2})",
           R"({"token":"t","host":"h","app":"12","due":1})",
       }) {
    EXPECT_EQ(read_ending_value(broken), nullptr) << broken;
  }
}

}  // namespace
}  // namespace hubwarden::fleet

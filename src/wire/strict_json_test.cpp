#include "wire/strict_json.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::wire {
namespace {

constexpr std::size_t kDepth = 4;

TEST(StrictJson, TakesWhatMeansOneThing) {
  for (const std::string_view text : {
           R"({})",
           R"("a:b")",
           R"({"a":1,"b":{"a":2,"c":[{"a":3},{"a":4}]}})",
           R"({"a\":\"a":1,"a":2})",
           R"({"":1})",
       }) {
    EXPECT_TRUE(parse_strict_json(text, kDepth)) << text;
  }
}

TEST(StrictJson, RefusesAMemberThatStandsTwice) {
  for (const std::string_view text : {
           R"({"a":1,"a":1})",
           R"({"a":1,"\u0061":2})",
           R"({"b":{"a":1,"a":2}})",
           R"([{"a":1},{"b":1,"b":2}])",
           R"({"":1,"":2})",
       }) {
    const auto value = parse_strict_json(text, kDepth);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error(), JsonFault::kStandsTwice) << text;
  }
}

TEST(StrictJson, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", " ", "{", "{}{}", "{'a':1}", R"({"a":1,})", "// x\n{}", "NaN",
                                      "{\"a\":\"\xff\"}", "[[[[[1]]]]]"}) {
    const auto value = parse_strict_json(text, kDepth);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error(), JsonFault::kNotJson) << text;
  }
}

}  // namespace
}  // namespace hubwarden::wire

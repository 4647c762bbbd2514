#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hubwarden/provider.h>

namespace hubwarden::providers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BootEnvironment, AddsReplacesAndRemoves) {
  BootEnvironment environment;
  EXPECT_EQ(environment.find("A"), std::nullopt);
  ASSERT_TRUE(environment.set("A", Secret("one")));
  ASSERT_TRUE(environment.set("_b9", Secret("")));
  ASSERT_TRUE(environment.set("A", Secret("two\nlines, \xc3\xa4")));
  EXPECT_EQ(environment.find("A"), "two\nlines, \xc3\xa4");
  EXPECT_EQ(environment.find("_b9"), "");
  environment.remove("A");
  environment.remove("A");
  EXPECT_EQ(environment.find("A"), std::nullopt);
  EXPECT_EQ(environment.variables().size(), 1U);
}

TEST(BootEnvironment, RefusesWhatIsNoNameOrNoValueAndShowsNoValue) {
  BootEnvironment environment;
  const std::string names[] = {
      "", "9A", "A-B", "A=B", "A B", "\xc3\xa4", std::string("A\0B", 3), "A\n", std::string(129, 'A')};
  for (const std::string& name : names) {
    const Result<> set = environment.set(name, Secret("hidden"));
    ASSERT_FALSE(set) << name;
    EXPECT_EQ(set.error().fix(), Fix::kOperator);
    EXPECT_THAT(set.error().message(), Not(HasSubstr("hidden")));
  }
  for (const std::string& value :
       {std::string("hid\0den", 7), std::string("hid\xff"), std::string(64 * 1024 + 1, 'h')}) {
    const Result<> set = environment.set("NAME", Secret(value));
    ASSERT_FALSE(set);
    EXPECT_THAT(set.error().message(), HasSubstr("NAME"));
    EXPECT_THAT(set.error().message(), Not(HasSubstr("hid")));
  }
  EXPECT_TRUE(environment.variables().empty());
}

TEST(BootEnvironment, HasBounds) {
  BootEnvironment many;
  for (std::size_t i = 0; i < BootEnvironment::kMaxVariables; ++i) {
    ASSERT_TRUE(many.set("V" + std::to_string(i), Secret("x")));
  }
  EXPECT_FALSE(many.set("ONE_MORE", Secret("x")));
  EXPECT_TRUE(many.set("V0", Secret("replaced")));
  many.remove("V0");
  EXPECT_TRUE(many.set("ONE_MORE", Secret("x")));

  BootEnvironment large;
  const std::string value(BootEnvironment::kMaxValue - 1, 'x');  // with its name, a quarter of all that fits
  for (const char* const name : {"A", "B", "C", "D"}) ASSERT_TRUE(large.set(name, Secret(value)));
  EXPECT_FALSE(large.set("E", Secret("")));
  EXPECT_TRUE(large.set("A", Secret(value))) << "what is replaced does not count";
  large.remove("A");
  EXPECT_TRUE(large.set("E", Secret("x")));
}

}  // namespace
}  // namespace hubwarden::providers

#include "policy/attributes.h"

#include <gtest/gtest.h>

namespace hubwarden::policy {
namespace {

TEST(Attributes, AreFoundByName) {
  Attributes attributes;
  EXPECT_TRUE(attributes.add("namespace", "agents"));
  EXPECT_TRUE(attributes.add("groups", "a"));
  EXPECT_TRUE(attributes.add("groups", "b"));
  EXPECT_EQ(*attributes.single("namespace"), "agents");
  EXPECT_EQ(attributes.values("groups").size(), 2U);
  EXPECT_EQ(attributes.single("groups"), nullptr) << "which of them?";
  EXPECT_EQ(attributes.single("Namespace"), nullptr);
  EXPECT_TRUE(attributes.values("none").empty());
}

TEST(Attributes, KeepNothingThatCouldNotBeShown) {
  Attributes attributes;
  for (const std::string& value :
       {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string("\xff"),
        std::string("\xc2\x85"), std::string(Attributes::kMaxValue + 1, 'a')}) {
    EXPECT_FALSE(attributes.add("name", value));
    EXPECT_FALSE(attributes.add(value, "value"));
  }
  EXPECT_EQ(attributes.size(), 0U);
  EXPECT_TRUE(attributes.add("name", std::string(Attributes::kMaxValue, 'a')));
  EXPECT_TRUE(attributes.add("straße", "größer"));
}

TEST(Attributes, AreNotWithoutEnd) {
  Attributes attributes;
  for (std::size_t i = 0; i < Attributes::kMaxValues; ++i)
    EXPECT_TRUE(attributes.add("groups", std::to_string(i)));
  EXPECT_FALSE(attributes.add("groups", "one more"));
  for (std::size_t i = 1; i < Attributes::kMaxNames; ++i)
    EXPECT_TRUE(attributes.add("n" + std::to_string(i), "x"));
  EXPECT_FALSE(attributes.add("one more", "x"));
}

}  // namespace
}  // namespace hubwarden::policy

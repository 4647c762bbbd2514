#include "http/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::http {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> lines_of(const Fields& fields) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : fields) lines.push_back(std::string(name) + ": " + std::string(value));
  return lines;
}

TEST(Fields, AreFoundByTheirNamesInAnyCaseAndInTheirOrder) {
  Fields fields;
  fields.add("Accept", "text/plain");
  fields.add("Link", "<a>");
  fields.add("link", "<b>");
  EXPECT_EQ(fields.find("LINK"), "<a>") << "the first";
  EXPECT_EQ(fields.find("Lin"), std::nullopt);
  EXPECT_EQ(fields.find("Links"), std::nullopt);
  EXPECT_THAT(lines_of(fields), ElementsAre("Accept: text/plain", "Link: <a>", "link: <b>"));
  EXPECT_EQ(fields.size(), 3U);
}

TEST(Fields, MayHaveNoValue) {
  Fields fields;
  fields.add("Empty", "");
  fields.add("Other", "x");
  EXPECT_EQ(fields.find("empty"), "");
  EXPECT_THAT(lines_of(fields), ElementsAre("Empty: ", "Other: x"));
}

TEST(Fields, AreReplacedAndRemovedByName) {
  Fields fields;
  fields.add("A", "1");
  fields.add("B", "2");
  fields.add("a", "3");
  fields.set("A", "4");
  EXPECT_THAT(lines_of(fields), ElementsAre("B: 2", "A: 4"));
  fields.remove("b");
  EXPECT_THAT(lines_of(fields), ElementsAre("A: 4"));
  fields.remove("A");
  EXPECT_EQ(fields.begin(), fields.end());
  fields.add("C", "5");
  EXPECT_THAT(lines_of(fields), ElementsAre("C: 5"));
}

TEST(Fields, AreExtendedAtTheirEnd) {
  Fields fields;
  fields.add("A", "1");
  fields.extend_last(" and");
  fields.add("B", "2");
  fields.add("C", "of which nothing is left");
  fields.remove("C");
  fields.extend_last(" or 3");
  EXPECT_THAT(lines_of(fields), ElementsAre("A: 1 and", "B: 2 or 3"));
}

TEST(Fields, AreNoneAtFirst) {
  Fields fields;
  EXPECT_EQ(fields.begin(), fields.end());
  EXPECT_EQ(fields.size(), 0U);
  EXPECT_EQ(fields.find("A"), std::nullopt);
  fields.remove("A");
  const Fields copy = fields;
  EXPECT_EQ(copy.size(), 0U);
}

TEST(Fields, LiveOnInACopyAndAMove) {
  Fields fields;
  fields.add("A", "a value that is too long to lie inside a string");
  Fields copy = fields;
  fields.set("A", "other");
  EXPECT_EQ(copy.find("A"), "a value that is too long to lie inside a string");
  const Fields moved = std::move(copy);
  EXPECT_EQ(moved.find("A"), "a value that is too long to lie inside a string");
}

}  // namespace
}  // namespace hubwarden::http

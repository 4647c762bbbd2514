#include "catalogue/parameter.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "catalogue/operation.h"

namespace hubwarden::catalogue {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const Parameters& parameters) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters) names.emplace_back(parameter.name);
  return names;
}

TEST(Parameters, StandInTheOrderOfThePath) {
  EXPECT_THAT(names(find("teams/check-permissions-for-repo-in-org").value().path_parameters()),
              ElementsAre("org", "team_slug", "owner", "repo"));
  EXPECT_TRUE(find("meta/root").value().path_parameters().empty());
}

TEST(Parameters, AreFoundByName) {
  const Parameters parameters = find("issues/list-for-repo").value().query_parameters();
  EXPECT_EQ(parameters.find("state")->values, "open|closed|all");
  EXPECT_EQ(parameters.find("per_page")->type, ParameterType::kInteger);
  EXPECT_FALSE(parameters.find("state")->is_required);
  EXPECT_EQ(parameters.find("stat"), std::nullopt);
  EXPECT_EQ(parameters.find(""), std::nullopt);
  EXPECT_EQ(Parameters("").find(""), std::nullopt);
  EXPECT_EQ(parameters.size(), names(parameters).size());
}

TEST(Parameters, SayWhatTheyAre) {
  const Parameters parameters("a b:integer c/ d/? e:array!=x|y.z f:integer![1..100] g:integer[0..]");
  EXPECT_THAT(names(parameters), ElementsAre("a", "b", "c", "d", "e", "f", "g"));
  EXPECT_EQ(parameters.find("a")->type, ParameterType::kString);
  EXPECT_EQ(parameters.find("b")->type, ParameterType::kInteger);
  EXPECT_TRUE(parameters.find("c")->spans_segments);
  EXPECT_FALSE(parameters.find("c")->may_be_omitted);
  EXPECT_TRUE(parameters.find("d")->may_be_omitted);
  EXPECT_EQ(parameters.find("e")->type, ParameterType::kArray);
  EXPECT_TRUE(parameters.find("e")->is_required);
  EXPECT_EQ(parameters.find("e")->values, "x|y.z");
  EXPECT_EQ(parameters.find("f")->minimum, 1);
  EXPECT_EQ(parameters.find("f")->maximum, 100);
  EXPECT_EQ(parameters.find("g")->minimum, 0);
  EXPECT_EQ(parameters.find("g")->maximum, std::nullopt);
}

TEST(Parameters, TakeWhatFitsThem) {
  const Parameters parameters(
      "text number:integer flag:boolean list:array=x|yy state=open|closed few:integer[1..100]");
  struct Case {
    const char* name;
    const char* value;
    bool is_accepted;
  };
  constexpr Case kCases[] = {
      {"text", "any thing", true}, {"text", "", false},      {"number", "12", true},
      {"number", "-12", false},    {"number", "1e3", false}, {"number", "9223372036854775808", false},
      {"flag", "true", true},      {"flag", "1", false},     {"list", "x", true},
      {"list", "yy", true},        {"list", "x|yy", false},  {"list", "y", false},
      {"state", "open", true},     {"state", "clos", false}, {"state", "closedx", false},
      {"state", "OPEN", false},    {"few", "1", true},       {"few", "100", true},
      {"few", "0", false},         {"few", "101", false},    {"state", "", false},
  };
  for (const Case& one : kCases) {
    EXPECT_EQ(parameters.find(one.name)->accepts(one.value), one.is_accepted) << one.name << '=' << one.value;
  }
}

}  // namespace
}  // namespace hubwarden::catalogue

#include "sandbox/mint.h"

#include <gtest/gtest.h>

#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using namespace testing;

constexpr std::string_view kNoRepository =
    "There is at least one repository that does not exist or is not accessible to the parent installation.";

class Mint : public ::testing::Test {
 protected:
  std::expected<MintGrant, Refusal> decide(std::string_view body) {
    const auto ask = parse_mint(body);
    if (!ask) return std::unexpected(ask.error());
    return decide_mint(*ask, *small.world().installation(small.installation), small.world());
  }
  std::string number(RepositoryId id) { return std::to_string(id.value()); }

  SmallWorld small;
};

TEST_F(Mint, GrantsEverythingWhenNothingNarrowsIt) {
  for (const std::string_view body : {"", "  ", "{}", R"({"permissions":{}})", R"({"repositories":[]})",
                                      R"({"repository_ids":[],"permissions":{}})", R"({"other":1})"}) {
    const auto grant = decide(body);
    ASSERT_TRUE(grant) << body;
    EXPECT_FALSE(grant->repositories) << body;
    EXPECT_EQ(grant->permissions, SmallWorld::permissions()) << body;
  }
}

TEST_F(Mint, NarrowsByNameAndByNumber) {
  const std::set<RepositoryId> both = {small.widgets, small.gadgets};
  EXPECT_EQ(decide(R"({"repositories":["Widgets","gadgets"]})")->repositories, both);
  EXPECT_EQ(decide(R"({"repository_ids":[)" + number(small.gadgets) + "," + number(small.widgets) + "]}")
                ->repositories,
            both);
}

TEST_F(Mint, NarrowsPermissionsAndAddsMetadata) {
  const Permissions expected = {{"contents", Level::kRead}, {"metadata", Level::kRead}};
  EXPECT_EQ(decide(R"({"permissions":{"contents":"read"}})")->permissions, expected);
}

TEST_F(Mint, RefusesInGitHubsWords) {
  std::string too_many = R"({"repository_ids":[1)";
  for (int i = 0; i < 500; ++i) too_many += ",1";
  too_many += "]}";
  struct Row {
    std::string body;
    int status;
    std::string_view message;  // "" for wordings that are not published
  };
  const Row rows[] = {
      {"{", 400, "Problems parsing JSON"},
      {"[]", 400, "Body should be a JSON object"},
      {"\"x\"", 400, "Body should be a JSON object"},
      {R"({"permissions":[]})", 400, "Problems parsing JSON"},
      {R"({"permissions":"write"})", 400, "Problems parsing JSON"},
      {R"({"permissions":null})", 400, "Problems parsing JSON"},
      {R"({"permissions":{"contents":1}})", 422, ""},
      {R"({"permissions":{"contents":"delete"}})", 422, ""},
      {R"({"permissions":{"checks":"read"}})", 422,
       "The permissions requested are not granted to this installation."},
      {R"({"permissions":{"contents":"read","nonsense":"read"}})", 422,
       "The permissions requested are not granted to this installation."},
      {R"({"permissions":{"issues":"write"}})", 422,
       "The level of access for permissions requested are not granted to this installation."},
      {R"({"repositories":["none"]})", 422, kNoRepository},
      {R"({"repositories":["widgets","none"]})", 422, kNoRepository},
      {R"({"repositories":["acme/widgets"]})", 422, kNoRepository},
      {R"({"repositories":["secrets"]})", 422, kNoRepository},
      {R"({"repositories":"widgets"})", 422, ""},
      {R"({"repositories":[1]})", 422, ""},
      {R"({"repository_ids":[)" + number(small.secrets) + "]}", 422, kNoRepository},
      {R"({"repository_ids":[-1]})", 422, kNoRepository},
      {R"({"repository_ids":["1"]})", 422, ""},
      {R"({"repository_ids":[)" + number(small.widgets) + R"(],"repositories":["widgets"]})", 422, ""},
      {too_many, 422, ""},
  };
  for (const Row& row : rows) {
    const auto grant = decide(row.body);
    ASSERT_FALSE(grant) << row.body.substr(0, 80);
    EXPECT_EQ(grant.error().status, row.status) << row.body.substr(0, 80);
    EXPECT_TRUE(row.message.empty() || grant.error().message == row.message) << grant.error().message;
  }
}

TEST_F(Mint, KeepsToTheSelectedRepositories) {
  ASSERT_TRUE(small.world().select_repositories(small.installation, false, {small.widgets}, kStart));
  EXPECT_TRUE(decide(R"({"repositories":["widgets"]})"));
  EXPECT_FALSE(decide(R"({"repositories":["gadgets"]})"));
}

}  // namespace
}  // namespace hubwarden::sandbox

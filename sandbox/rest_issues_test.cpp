#include "sandbox/rest_issues.h"

#include <gtest/gtest.h>

#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;
using http::Method;
using namespace testing;

class Issues : public ::testing::Test {
 protected:
  Issues() {
    Permissions& all = small.world().installation(small.installation)->permissions;
    all["issues"] = Level::kWrite;
    all["pull_requests"] = Level::kWrite;
    token = small.token();
  }

  json::value create(std::string_view title, std::string_view repository = "widgets") {
    const http::Response made = small.ask(Method::kPost, "/repos/acme/" + std::string(repository) + "/issues",
                                          token, json::serialize(json::object{{"title", title}}));
    EXPECT_EQ(made.status(), 201);
    return parsed(made);
  }
  http::Response change(Method method, std::string_view rest, std::string body) {
    return small.ask(method, kBase + std::string(rest), token, std::move(body));
  }
  http::Response get(std::string_view rest) { return small.get(kBase + std::string(rest), token); }
  // Pull request number 1, as if opened from git.
  void add_pull() {
    Pull pull{.id = 5,
              .head = "fix",
              .base = "main",
              .head_sha = std::string(40, 'a'),
              .base_sha = std::string(40, 'b'),
              .commits = 1,
              .files = {}};
    Issue issue{.id = 4,
                .number = 1,
                .author = small.app,
                .title = "Mend the hinge",
                .body = std::nullopt,
                .labels = {},
                .comments = {},
                .created_at = kStart,
                .updated_at = kStart,
                .closed_at = std::nullopt,
                .state_reason = {},
                .pull = std::move(pull)};
    small.world().repository(small.widgets)->issues.emplace(1, std::move(issue));
  }

  const std::string kBase = "/repos/acme/widgets/issues";
  SmallWorld small;
  std::string token;
};

TEST_F(Issues, CloseAndOpenAgain) {
  create("One");
  small.time.clock().advance(std::chrono::minutes(5));
  const auto closed = parsed(change(Method::kPatch, "/1", R"({"state":"closed"})"));
  EXPECT_EQ(closed.at("state").as_string(), "closed");
  EXPECT_EQ(closed.at("state_reason").as_string(), "completed");
  EXPECT_EQ(closed.at("closed_at").as_string(), "2026-11-22T12:05:00Z");
  EXPECT_TRUE(parsed(get("")).as_array().empty());
  EXPECT_EQ(parsed(get("?state=closed")).as_array().size(), 1U);
  EXPECT_EQ(parsed(get("?state=all")).as_array().size(), 1U);
  const auto open = parsed(change(Method::kPatch, "/1", R"({"state":"open","title":"Uno","body":null})"));
  EXPECT_EQ(open.at("state_reason").as_string(), "reopened");
  EXPECT_EQ(open.at("title").as_string(), "Uno");
  EXPECT_TRUE(open.at("closed_at").is_null());
  const auto repository = parsed(small.get("/repos/acme/widgets", token));
  EXPECT_EQ(repository.at("open_issues_count").to_number<int>(), 1);
}

TEST_F(Issues, TellWhatIsWrongWithAChange) {
  create("One");
  EXPECT_EQ(change(Method::kPatch, "/9", "{}").status(), 404);
  EXPECT_EQ(change(Method::kPatch, "/1", "[]").status(), 400);
  EXPECT_EQ(
      message_of(change(Method::kPatch, "/1", R"({"state":"ajar"})")),
      "Invalid request.\n\nFor 'properties/state', \"ajar\" is not a member of [\"open\", \"closed\"].");
  EXPECT_EQ(message_of(change(Method::kPatch, "/1", R"({"title":" "})")), "Validation Failed");
}

TEST_F(Issues, WearLabels) {
  create("One");
  EXPECT_EQ(parsed(change(Method::kPost, "/1/labels", R"({"labels":["bug","ui"]})")).as_array().size(), 2U);
  EXPECT_EQ(parsed(change(Method::kPost, "/1/labels", R"(["bug","new"])")).as_array().size(), 3U);
  EXPECT_EQ(parsed(get("/1/labels")).at(0).at("name").as_string(), "bug");
  EXPECT_EQ(parsed(get("?labels=bug,ui")).as_array().size(), 1U);
  EXPECT_TRUE(parsed(get("?labels=bug,none")).as_array().empty());
  EXPECT_EQ(parsed(change(Method::kDelete, "/1/labels/ui", "")).as_array().size(), 2U);
  EXPECT_EQ(message_of(change(Method::kDelete, "/1/labels/ui", "")), "Label does not exist");
  EXPECT_EQ(parsed(change(Method::kPut, "/1/labels", R"({"labels":[{"name":"only"}]})")).as_array().size(),
            1U);
  EXPECT_EQ(change(Method::kDelete, "/1/labels", "").status(), 204);
  EXPECT_TRUE(parsed(get("/1/labels")).as_array().empty());
  EXPECT_EQ(change(Method::kPost, "/1/labels", "{}").status(), 422);
}

TEST_F(Issues, AreWhatPullRequestsAreToo) {
  add_pull();
  const auto shown = parsed(get("/1"));
  EXPECT_EQ(shown.at("pull_request").at("url").as_string(),
            "https://api.github.com/repos/acme/widgets/pulls/1");
  EXPECT_EQ(change(Method::kPost, "/1/comments", R"({"body":"Nice"})").status(), 201);
  const auto pull = parsed(small.get("/repos/acme/widgets/pulls/1", token));
  EXPECT_EQ(pull.at("comments").to_number<int>(), 1);
  EXPECT_EQ(pull.at("head").at("label").as_string(), "acme:fix");
  EXPECT_FALSE(pull.as_object().contains("pull_request"));
  EXPECT_EQ(create("Two").at("number").to_number<int>(), 2);
  EXPECT_EQ(small.get("/repos/acme/widgets/pulls/2", token).status(), 404);
  EXPECT_EQ(parsed(get("")).as_array().size(), 2U);
  EXPECT_EQ(parsed(small.get("/repos/acme/widgets/pulls", token)).as_array().size(), 1U);
  EXPECT_TRUE(parsed(small.get("/repos/acme/widgets/pulls?head=acme:other", token)).as_array().empty());
  EXPECT_TRUE(parsed(small.get("/repos/acme/widgets/pulls?state=closed", token)).as_array().empty());
}

TEST_F(Issues, AreCommentedWithEitherPermission) {
  add_pull();
  for (const std::string_view permission : {"issues", "pull_requests"}) {
    const std::string narrow =
        small.token(json::serialize(json::object{{"permissions", json::object{{permission, "write"}}}}));
    EXPECT_EQ(small.ask(Method::kPost, kBase + "/1/comments", narrow, R"({"body":"x"})").status(), 201);
  }
}

TEST_F(Issues, AreFoundByThoseWhoMaySeeThem) {
  create("The hinge is broken");
  create("The door is fine", "gadgets");
  add_pull();
  const auto count = [&](std::string_view query, std::string_view bearer) {
    const auto found = parsed(small.get("/search/issues?q=" + std::string(query), bearer));
    return found.at("total_count").to_number<std::size_t>();
  };
  EXPECT_EQ(count("hinge", token), 1U);
  EXPECT_EQ(count("is:issue+the", token), 2U);
  EXPECT_EQ(count("repo:acme/gadgets", token), 1U);
  EXPECT_EQ(count("repo:acme/gadgets%20is:closed", token), 0U);
  EXPECT_EQ(count("org:acme+door", small.token(R"({"repositories":["widgets"]})")), 0U);
  EXPECT_EQ(count("the", small.token(R"({"permissions":{"contents":"read"}})")), 0U);
  EXPECT_EQ(message_of(small.get("/search/issues", token)), "Validation Failed");
}

}  // namespace
}  // namespace hubwarden::sandbox

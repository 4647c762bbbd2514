#include "sandbox/rest_checks.h"

#include <gtest/gtest.h>

#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;
using http::Method;
using namespace testing;

const std::string kHead(40, 'c');

class CheckRuns : public ::testing::Test {
 protected:
  CheckRuns() {
    small.world().installation(small.installation)->permissions["checks"] = Level::kWrite;
    small.world().repository(small.widgets)->commits.insert(kHead);
    token = small.token();
  }

  http::Response create(json::object more) {
    json::object body{{"name", "lint"}, {"head_sha", kHead}};
    for (const auto& [name, value] : more) body[name] = value;
    return small.ask(Method::kPost, kBase, token, json::serialize(body));
  }
  http::Response update(std::uint64_t id, json::object body) {
    return small.ask(Method::kPatch, kBase + "/" + std::to_string(id), token, json::serialize(body));
  }
  static std::uint64_t id_of(const http::Response& made) {
    const json::value shown = parsed(made);
    return shown.at("id").to_number<std::uint64_t>();
  }

  const std::string kBase = "/repos/acme/widgets/check-runs";
  SmallWorld small;
  std::string token;
};

TEST_F(CheckRuns, WaitRunAndEnd) {
  const http::Response made = create({});
  EXPECT_EQ(made.status(), 201);
  EXPECT_EQ(parsed(made).at("status").as_string(), "queued");
  EXPECT_EQ(parsed(made).at("app").at("slug").as_string(), "robot");
  const std::uint64_t id = id_of(made);
  EXPECT_EQ(parsed(update(id, {{"status", "in_progress"}})).at("status").as_string(), "in_progress");
  const auto ended = parsed(update(id, {{"conclusion", "failure"}}));
  EXPECT_EQ(ended.at("status").as_string(), "completed");
  EXPECT_EQ(ended.at("completed_at").as_string(), "2026-11-22T12:00:00Z");
  const auto again = parsed(update(id, {{"status", "in_progress"}}));
  EXPECT_TRUE(again.at("conclusion").is_null());
}

TEST_F(CheckRuns, TellWhatIsWrong) {
  struct Row {
    json::object more;
    std::string_view message;
  };
  const Row rows[] = {
      {{{"name", nullptr}}, "Invalid request.\n\nFor 'properties/name', null is not a string."},
      {{{"head_sha", "main"}}, "No commit found for SHA: main"},
      {{{"status", "completed"}}, "Invalid request.\n\n\"conclusion\" wasn't supplied."},
      {{{"completed_at", "2026-11-22T12:00:00Z"}}, "Invalid request.\n\n\"conclusion\" wasn't supplied."},
      {{{"started_at", 7}}, "Invalid request.\n\nFor 'properties/started_at', the value is not a date-time."},
      {{{"output", json::object{{"title", "x"}}}}, "Invalid request.\n\n\"summary\" wasn't supplied."},
  };
  for (const Row& row : rows) {
    const http::Response refused = create(row.more);
    EXPECT_EQ(refused.status(), 422);
    EXPECT_EQ(message_of(refused), row.message);
  }
  for (const std::string_view bad : {"stale", "splendid"}) {
    EXPECT_EQ(create({{"conclusion", bad}}).status(), 422) << bad;
  }
  EXPECT_EQ(create({{"status", "waiting"}}).status(), 422);
  for (const std::string_view good :
       {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"}) {
    EXPECT_EQ(create({{"conclusion", good}}).status(), 201) << good;
  }
}

TEST_F(CheckRuns, AreListedByCommitTheNewestOfEachName) {
  const std::uint64_t first = id_of(create({}));
  const std::uint64_t second = id_of(create({}));
  create({{"name", "test"}, {"conclusion", "success"}});
  const std::string list = "/repos/acme/widgets/commits/" + kHead + "/check-runs";
  const auto newest = parsed(small.get(list, token));
  EXPECT_EQ(newest.at("total_count").to_number<int>(), 2);
  EXPECT_EQ(newest.at("check_runs").at(1).at("id").to_number<std::uint64_t>(), second);
  EXPECT_EQ(parsed(small.get(list + "?filter=all", token)).at("total_count").to_number<int>(), 3);
  EXPECT_EQ(parsed(small.get(list + "?status=completed", token)).at("total_count").to_number<int>(), 1);
  EXPECT_EQ(parsed(small.get(list + "?check_name=lint&filter=all", token)).at("total_count").to_number<int>(),
            2);
  EXPECT_EQ(small.get(kBase + "/" + std::to_string(first), token).status(), 200);
  const http::Response page = small.get(list + "?per_page=1", token);
  EXPECT_NE(field(page, "Link")
                .find("/repositories/" + std::to_string(small.widgets.value()) + "/commits/" + kHead +
                      "/check-runs?per_page=1&page=2>; rel=\"next\""),
            std::string::npos);
}

TEST_F(CheckRuns, BelongToTheAppThatMadeThem) {
  const std::uint64_t id = id_of(create({}));
  const NewApp other{small.acme, "other", {{"checks", Level::kWrite}}, {}, app_key().public_key()};
  small.world().repository(small.widgets)->checks.at(id).app = *small.world().add_app(other, kStart);
  EXPECT_EQ(update(id, {{"status", "in_progress"}}).status(), 403);
  EXPECT_EQ(small.get(kBase + "/" + std::to_string(id), token).status(), 200);
}

}  // namespace
}  // namespace hubwarden::sandbox

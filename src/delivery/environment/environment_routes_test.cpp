#include "delivery/environment/environment_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"
#include "delivery/environment/environment_json.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Answered;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;

// Tells which workspace it was asked about, and keeps the deadline.
class Team final : public providers::EnvProvider {
 public:
  std::optional<Error> error;
  SteadyPoint deadline{};

  std::string_view name() const override { return "team"; }
  net::Task<Result<providers::BootEnvironment>> add_to(providers::BootEnvironment so_far,
                                                       providers::BootingWorkspace workspace,
                                                       SteadyPoint until) override {
    deadline = until;
    if (error) co_return std::unexpected(*error);
    const std::string seen = workspace.id.text() + " " + workspace.repositories.items().front().shown() +
                             " " + workspace.permissions.text();
    const Result<> set = so_far.set("TEAM", Secret(seen));
    if (!set) co_return std::unexpected(set.error());
    co_return std::move(so_far);
  }
};

class EnvironmentRoutesTest : public DeliveryTest {
 protected:
  EnvironmentRoutesTest() { registry.add(team); }

  Answered post(std::string_view id, std::string_view bearer = kAdminToken) {
    FakeRequest request(http::Method::kPost);
    request.bearer(bearer);
    return Answered(test::run(testing::settled(routes.post(request, id))));
  }

  std::shared_ptr<Team> team = std::make_shared<Team>();
  providers::Registry registry{time.clock()};
  EnvironmentRoutes routes{{time.clock(), gate, workspaces, registry, log, metrics}, 25s};
};

TEST_F(EnvironmentRoutesTest, GivesTheOperatorWhatTheProvidersMake) {
  register_workspace("agent-7", {"acme/Widgets"});
  const Answered answer = post("agent-7");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  const boost::json::object expected = {{"env", {{"TEAM", "agent-7 acme/Widgets contents:write"}}}};
  EXPECT_EQ(answer.json(), expected);
  EXPECT_EQ(team->deadline, time.clock().steady_now() + 25s);
  EXPECT_EQ(log.count("admin.environment_given"), 1U);
  EXPECT_THAT(log.text(), Not(HasSubstr("Widgets"))) << "values are nobody's business";
  EXPECT_THAT(metrics.render(), HasSubstr(R"(hubwarden_environments_total{outcome="given"} 1)"));
}

TEST_F(EnvironmentRoutesTest, IsTheOperatorsAlone) {
  const std::string credential = register_workspace("agent-7", {"acme/widgets"});
  EXPECT_EQ(post("agent-7", credential).status, 401);
  EXPECT_EQ(post("agent-8", "x").status, 401) << "which ids exist is not told either";
}

TEST_F(EnvironmentRoutesTest, KnowsRegisteredWorkspacesAlone) {
  const Answered unknown = post("agent-8");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.text("error"), "not_found");
  EXPECT_EQ(post("not..an id!").status, 400);
}

TEST_F(EnvironmentRoutesTest, NamesTheProviderThatFailed) {
  register_workspace("agent-7", {"acme/widgets"});
  team->error = Error(ErrorCode::kUnavailable, "it is sealed").with_fix(Fix::kOperator);
  const Answered answer = post("agent-7");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.text("message"), "provider 'team': it is sealed");
  EXPECT_EQ(answer.text("fix"), "operator");
  EXPECT_EQ(log.count("admin.environment_failed"), 1U);
  EXPECT_THAT(metrics.render(), HasSubstr(R"(hubwarden_environments_total{outcome="failed"} 1)"));
}

TEST(EnvironmentJson, EscapesWhatJsonCannotCarry) {
  providers::BootEnvironment environment;
  EXPECT_EQ(environment_json(environment), "{\"env\":{}}\n");
  const std::string value = "\"\\/\b\n\x1f\x7f \xc3\xa4\xf0\x9f\x98\x80";
  ASSERT_TRUE(environment.set("B", Secret(value)));
  ASSERT_TRUE(environment.set("A", Secret(std::string(1000, '\x01'))));
  const boost::json::object read = boost::json::parse(environment_json(environment)).as_object();
  EXPECT_EQ(read.at("env").at("B").as_string(), value);
  EXPECT_EQ(read.at("env").at("A").as_string(), std::string(1000, '\x01'));
}

}  // namespace
}  // namespace hubwarden::delivery

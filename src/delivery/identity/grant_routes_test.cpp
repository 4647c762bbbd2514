#include "delivery/identity/grant_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/identity/identity_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Answered;
using ::testing::HasSubstr;

constexpr const char* kReads = R"({"repositories":["acme/widgets"],"operations":["repos/get","pulls/get"]})";

class GrantRoutesTest : public IdentityTest {
 protected:
  std::string session() { return open(maker.text()).text("token"); }
  std::string verdict(std::string_view bearer, std::string_view wanted,
                      std::string_view repository = "acme/widgets") {
    const std::string key = wanted.find(':') == std::string_view::npos ? "operation" : "permissions";
    return explain(bearer, R"({"repository":")" + std::string(repository) + R"(",")" + key + R"(":")" +
                               std::string(wanted) + R"("})")
        .text("verdict");
  }
};

TEST_F(GrantRoutesTest, GiveLessThanTheSessionHas) {
  const std::string own = session();
  const Answered made = cut(own, kReads);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("expires_at"), "2027-01-15T08:15:00Z");
  const std::string grant = made.text("token");
  EXPECT_EQ(verdict(grant, "repos/get"), "allow");
  EXPECT_EQ(verdict(own, "issues/get"), "allow");
  EXPECT_EQ(verdict(grant, "issues/get"), "refuse");
  EXPECT_EQ(verdict(grant, "contents:read"), "refuse") << "it has no tokens";
  EXPECT_EQ(token(grant).status, 403);
  EXPECT_EQ(token(own).status, 200);
}

TEST_F(GrantRoutesTest, GiveNothingThatTheRulesDoNot) {
  const Answered made =
      cut(session(), R"({"repositories":["acme/widgets","acme/gadgets"],"operations":["write","read"],)"
                     R"("permissions":"contents:write,administration:write"})");
  const std::string grant = made.text("token");
  EXPECT_EQ(verdict(grant, "repos/get", "acme/gadgets"), "refuse");
  EXPECT_EQ(verdict(grant, "issues/create"), "refuse");
  EXPECT_EQ(verdict(grant, "contents:write"), "refuse");
  EXPECT_EQ(verdict(grant, "contents:read"), "allow");
  const Answered given = token(grant);
  ASSERT_EQ(given.status, 200) << given.body;
  EXPECT_THAT(github.mints_by_scope.begin()->first, HasSubstr("contents:read"));
  EXPECT_THAT(github.mints_by_scope.begin()->first, ::testing::Not(HasSubstr("write")));
}

TEST_F(GrantRoutesTest, AreCutAgainAndNeverWider) {
  const std::string first = cut(session(), kReads).text("token");
  const Answered made =
      cut(first, R"({"repositories":["acme/widgets"],"operations":["read"],"permissions":"contents:read"})");
  const std::string second = made.text("token");
  EXPECT_EQ(verdict(second, "pulls/get"), "allow");
  EXPECT_EQ(verdict(second, "issues/get"), "refuse") << "the first has it not";
  EXPECT_EQ(verdict(second, "contents:read"), "refuse");
  std::string deepest = second;
  for (std::size_t depth = 2; depth < auth::Session::kMaxCuts; ++depth) {
    deepest = cut(deepest, kReads).text("token");
    ASSERT_FALSE(deepest.empty());
  }
  EXPECT_THAT(cut(deepest, kReads).text("message"), HasSubstr("at most 4 times"));
}

TEST_F(GrantRoutesTest, EndWithWhatTheyWereCutFrom) {
  const std::string own = session();
  const Answered brief =
      cut(own, R"({"repositories":["acme/widgets"],"operations":["read"],"expires_in":"5m"})");
  EXPECT_EQ(brief.text("expires_at"), "2027-01-15T08:05:00Z");
  const Answered longer = cut(
      brief.text("token"), R"({"repositories":["acme/widgets"],"operations":["read"],"expires_in":"50m"})");
  EXPECT_EQ(longer.text("expires_at"), "2027-01-15T08:05:00Z");
  time.advance(5min);
  EXPECT_EQ(capabilities(longer.text("token"), "").status, 401);
  EXPECT_EQ(capabilities(own, "repository=acme/widgets").status, 200);
}

TEST_F(GrantRoutesTest, AreNotRenewed) {
  const Answered opened = open(maker.text());
  const std::string grant = cut(opened.text("token"), kReads).text("token");
  EXPECT_THAT(renew(grant, opened.text("id")).text("message"), HasSubstr("is not renewed"));
}

TEST_F(GrantRoutesTest, RefuseWishesThatMakeNoSense) {
  const std::string own = session();
  const std::string_view bodies[] = {
      R"({})",
      R"({"repositories":[],"operations":["read"]})",
      R"({"repositories":["acme/widgets"]})",
      R"({"repositories":["widgets"],"operations":["read"]})",
      R"({"repositories":"acme/widgets","operations":["read"]})",
      R"({"repositories":["acme/widgets"],"operations":["no/such-operation"]})",
      R"({"repositories":["acme/widgets"],"operations":[7]})",
      R"({"repositories":["acme/widgets"],"permissions":"contents"})",
      R"({"repositories":["acme/widgets"],"operations":["read"],"expires_in":"soon"})",
      R"({"repositories":["acme/widgets"],"operations":["read"],"expires_in":"0s"})",
      R"({"repositories":["acme/widgets"],"operations":["read"],"budget":{"requests":0}})",
      R"({"repositories":["acme/widgets"],"operations":["read"],"agent":"somebody else"})",
  };
  for (const std::string_view body : bodies) EXPECT_EQ(cut(own, std::string(body)).status, 400) << body;
  EXPECT_EQ(cut(maker.text(), kReads).status, 401);
}

TEST_F(GrantRoutesTest, SpendTheirOwnBudgetAndThoseTheyWereCutFrom) {
  const auto with = [](int requests) {
    return R"({"repositories":["acme/widgets"],"operations":["read"],"budget":{"requests":)" +
           std::to_string(requests) + "}}";
  };
  const std::string parent = cut(session(), with(3)).text("token");
  const std::string child = cut(parent, with(2)).text("token");
  const auto charges = [&](std::string_view bearer) {
    const auto who = sessions.authenticate(bearer);
    return rule_budgets.of(*(*who)->session(), rules::Decision());
  };
  const std::vector<auth::Charge> of_child = charges(child);
  ASSERT_EQ(of_child.size(), 2U);
  EXPECT_EQ(of_child[0].budget, charges(parent).at(0).budget);
  EXPECT_EQ(of_child[0].budget->limits().requests(), 3U);
  EXPECT_EQ(of_child[1].budget->limits().requests(), 2U);
}

TEST_F(GrantRoutesTest, CountTheTokensThatTheyAreGiven) {
  const std::string grant =
      cut(session(), R"({"repositories":["acme/widgets"],"permissions":"contents:read",)"
                     R"("budget":{"requests":2}})")
          .text("token");
  EXPECT_EQ(token(grant, "").status, 200);
  EXPECT_EQ(token(grant, "").status, 200) << "cached or not";
  const Answered spent = token(grant, "");
  EXPECT_EQ(spent.status, 429) << spent.body;
  EXPECT_EQ(spent.text("error"), "budget_exceeded");
}

TEST_F(GrantRoutesTest, AreWrittenDownWithoutTheirCredential) {
  const Answered made = cut(session(), kReads);
  EXPECT_THAT(log.text(), HasSubstr(made.text("id")));
  EXPECT_THAT(log.text(), ::testing::Not(HasSubstr(made.text("token"))));
}

}  // namespace
}  // namespace hubwarden::delivery

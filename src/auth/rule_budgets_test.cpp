#include "auth/rule_budgets.h"

#include <gtest/gtest.h>

#include "auth/memory_budgets.h"
#include "jwt/jwt_fixture.h"
#include "rules/rules_fixture.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::auth {
namespace {

using namespace std::chrono_literals;
using rules::Quota;
using testing::VirtualTime;

class RuleBudgetsTest : public ::testing::Test {
 protected:
  static Session session(std::uint64_t id, std::string agent) {
    Session session(SessionId(id), rules::caller_of("ci", {}));
    session.agent = std::move(agent);
    session.renewable_until = jwt::kNow + 1h;
    return session;
  }
  static rules::Decision decision(rules::Limits limits) {
    rules::Decision decision;
    decision.rule = "builders";
    decision.limits = limits;
    return decision;
  }
  // How many calls go through before one is refused.
  int calls(const Session& of, const rules::Decision& by) {
    for (int count = 0;; ++count) {
      for (const Charge& charge : budgets.of(of, by)) {
        const SteadyPoint now = time.clock().steady_now();
        if (!time.run(charge.budget->acquire(policy::CallKind::kRead, now, now + 1min))) return count;
      }
    }
  }

  VirtualTime time{jwt::kNow};
  MemoryBudgets memory;
  RuleBudgets budgets{memory, time.clock()};
};

TEST_F(RuleBudgetsTest, AreNoneWithoutLimits) {
  EXPECT_TRUE(budgets.of(session(1, "bot"), decision({})).empty());
}

TEST_F(RuleBudgetsTest, CountWithoutATimeForTheSession) {
  rules::Limits limits;
  limits.requests = Quota{3, std::nullopt};
  EXPECT_EQ(calls(session(1, "bot"), decision(limits)), 3);
  EXPECT_EQ(calls(session(1, "bot"), decision(limits)), 0);
  EXPECT_EQ(calls(session(2, "bot"), decision(limits)), 3) << "another session";
}

TEST_F(RuleBudgetsTest, CountWithATimeForTheAgentAndAnew) {
  rules::Limits limits;
  limits.requests = Quota{3, 1h};
  EXPECT_EQ(calls(session(1, "bot"), decision(limits)), 3);
  EXPECT_EQ(calls(session(2, "bot"), decision(limits)), 0) << "another session of the same agent";
  EXPECT_EQ(calls(session(3, "other"), decision(limits)), 3);
  const std::vector<Charge> charges = budgets.of(session(1, "bot"), decision(limits));
  ASSERT_EQ(charges.size(), 1U);
  EXPECT_EQ(charges.front().anew_at, jwt::kNow + 1h) << "the fixture's time is on the hour";
  time.advance(1h);
  EXPECT_EQ(calls(session(1, "bot"), decision(limits)), 3);
}

TEST_F(RuleBudgetsTest, CountWhatIsOfOneTimeTogether) {
  rules::Limits limits;
  limits.concurrent = 2;
  limits.requests = Quota{500, 1h};
  limits.bytes = Quota{1 << 20, std::nullopt};
  const std::vector<Charge> charges = budgets.of(session(1, "bot"), decision(limits));
  ASSERT_EQ(charges.size(), 2U);
  EXPECT_EQ(charges[0].budget->limits(),
            *policy::BudgetLimits::make(2, policy::BudgetLimits::kMaxRequests, 1 << 20));
  EXPECT_EQ(charges[1].budget->limits(), *policy::BudgetLimits::make(policy::BudgetLimits::kMaxConcurrent,
                                                                     500, policy::BudgetLimits::kMaxBytes));
}

TEST_F(RuleBudgetsTest, BeginAnewWhenTheRuleSaysSomethingElse) {
  rules::Limits limits;
  limits.requests = Quota{3, 1h};
  EXPECT_EQ(calls(session(1, "bot"), decision(limits)), 3);
  limits.requests = Quota{5, 1h};
  EXPECT_EQ(calls(session(1, "bot"), decision(limits)), 5);
}

}  // namespace
}  // namespace hubwarden::auth

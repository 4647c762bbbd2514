// With answers that no Redis should give. tests/redis has those of a real one.

#include "fleet/shared_budgets.h"

#include <gmock/gmock.h>

#include <limits>
#include <memory>
#include <vector>

#include "fleet/budget_script.h"
#include "fleet/scripted_redis.h"
#include "policy/budget_state.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using policy::BudgetLimits;
using policy::BudgetSpent;
using policy::CallKind;
using redis::Reply;
using LeasePtr = std::unique_ptr<auth::CallLease>;

constexpr TimePoint kNoon{std::chrono::seconds(1'800'000'000)};
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Reply word(std::int64_t verdict, std::string_view memory, std::int64_t version, std::int64_t requests,
           std::int64_t bytes, std::int64_t reserved, std::int64_t granted) {
  Reply reply = Reply::array_of(7);
  reply.items() = {Reply::integer_of(verdict),  Reply::text_of(memory),   Reply::integer_of(version),
                   Reply::integer_of(requests), Reply::integer_of(bytes), Reply::integer_of(reserved),
                   Reply::integer_of(granted)};
  return reply;
}

// What is no answer to a question about a budget.
std::vector<Reply> garbage() {
  std::vector<Reply> all = {Reply(),
                            Reply::integer_of(0),
                            Reply::text_of("OK"),
                            Reply::array_of(0),
                            Reply::array_of(7),
                            Reply::array_of(8),
                            word(0, "m", 1, 0, 0, 0, kMost),
                            word(0, "m", 1, 0, 0, 0, -1),
                            word(0, "m", 1, -1, 0, 0, 1),
                            word(0, "m", 1, 0, -5, 0, 1),
                            word(0, "m", -1, 0, 0, 0, 1),
                            word(0, "", 1, 0, 0, 0, 1),
                            word(6, "m", 1, 0, 0, 0, 1),
                            word(-1, "m", 1, 0, 0, 0, 1),
                            word(5, "m", 1, 0, 0, 0, 1)};
  for (std::size_t i = 0; i < 7; ++i) {
    Reply wrong = word(0, "m", 1, 0, 0, 0, 1);
    wrong.items()[i] = i == 1 ? Reply::integer_of(1) : Reply::text_of("1");
    all.push_back(wrong);
  }
  return all;
}

class SharedBudgetsTest : public ::testing::Test {
 protected:
  ~SharedBudgetsTest() override { time.run(budgets.stop()); }

  std::shared_ptr<auth::HandleBudget> budget(BudgetLimits limits, BudgetSpent spent = {}) {
    store::Handle record(store::HandleId(7), crypto::sha256("handle"), "admin",
                         *policy::Repository::parse("acme/widgets"), "read", kNoon, kNoon + 1h);
    record.limits = limits;
    record.spent = spent;
    return budgets.budget_of(record, [this] { ++told; });
  }
  Result<LeasePtr> acquire(auth::HandleBudget& from, CallKind kind = CallKind::kRead) {
    const SteadyPoint now = time.clock().steady_now();
    return time.run(from.acquire(kind, now, now + 1min));
  }
  static net::Task<std::optional<BudgetSpent>> recorded(const std::optional<BudgetSpent>* spent) {
    co_return *spent;
  }

  hubwarden::testing::VirtualTime time{kNoon};
  SystemRandom random;
  obs::Metrics metrics;
  ScriptedRedis redis;
  std::size_t replicas = 2;
  std::optional<BudgetSpent> in_records;
  int told = 0;
  SharedBudgets budgets{
      {time.executor(), redis, time, time.clock(), random, metrics, [this] { return replicas; },
       [this](store::HandleId) { return recorded(&in_records); }},
      SharedBudgets::Options()};
};

TEST_F(SharedBudgetsTest, FallToTheirShareForAnAnswerThatIsNone) {
  for (const Reply& reply : garbage()) {
    redis.answer = [reply] { return reply; };
    const auto shared = budget(*BudgetLimits::make(8, 10, 1000));
    std::vector<LeasePtr> held;
    for (int i = 0; i < 20; ++i) {
      Result<LeasePtr> lease = acquire(*shared);
      if (lease) held.push_back(std::move(*lease));
    }
    EXPECT_EQ(held.size(), 4U) << "a half of eight at a time";
    std::uint64_t bytes = 0;
    for (const LeasePtr& lease : held) {
      while (time.run(lease->spend(10))) bytes += 10;
    }
    EXPECT_LE(bytes, 500U);
    held.clear();
    EXPECT_TRUE(acquire(*shared));
    EXPECT_FALSE(acquire(*shared)) << "the fifth of ten requests was the last of its half";
  }
}

TEST_F(SharedBudgetsTest, TakeNoPieceThatAnAnswerDoesNotGrant) {
  redis.answer = [] { return word(0, "m", 1, 1, 0, 100, 100); };
  const auto shared = budget(*BudgetLimits::make(8, 10, 1000));
  const Result<LeasePtr> lease = acquire(*shared);
  ASSERT_TRUE(lease);
  EXPECT_TRUE(time.run((*lease)->spend(100)));
  redis.answer = [] { return word(0, "m", 2, 1, 100, 1, 1); };
  const Result<> refused = time.run((*lease)->spend(50));
  EXPECT_FALSE(refused);
  EXPECT_TRUE(time.run((*lease)->spend(1)));
}

TEST_F(SharedBudgetsTest, LookIntoTheRecordsBeforeTheyCutTheirShare) {
  const auto shared = budget(*BudgetLimits::make(8, 10, 1 << 20), BudgetSpent(1, 0));
  in_records = BudgetSpent(8, 0);
  EXPECT_TRUE(acquire(*shared));
  const Result<LeasePtr> second = acquire(*shared);
  ASSERT_FALSE(second) << "two were left for two replicas";
  EXPECT_EQ(second.error().fix(), Fix::kWait);
}

TEST_F(SharedBudgetsTest, TellWhenSomethingIsSpentForTheFirstTime) {
  const auto shared = budget(*BudgetLimits::make(8, 10, 1 << 20));
  EXPECT_EQ(shared->take_changed(), std::nullopt);
  Result<LeasePtr> lease = acquire(*shared, CallKind::kWrite);
  ASSERT_TRUE(lease && time.run((*lease)->spend(300'000)));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(shared->take_changed(), BudgetSpent(1, 300'000));
  EXPECT_EQ(shared->take_changed(), std::nullopt);
  (*lease)->give_back();
  EXPECT_EQ(shared->spent().requests, 0U);
}

TEST_F(SharedBudgetsTest, EndAReadAfterItsDeadline) {
  const auto shared = budget(*BudgetLimits::make(8, 10, 1000));
  const Result<LeasePtr> lease = acquire(*shared);
  ASSERT_TRUE(lease);
  time.advance(1min);
  EXPECT_FALSE(time.run((*lease)->spend(1)));
}

TEST_F(SharedBudgetsTest, OutliveWhoMadeThem) {
  LeasePtr lease;
  std::shared_ptr<auth::HandleBudget> shared;
  {
    SharedBudgets short_lived({time.executor(), redis, time, time.clock(), random, metrics, [] { return 1; },
                               [this](store::HandleId) { return recorded(&in_records); }},
                              SharedBudgets::Options());
    store::Handle record(store::HandleId(8), crypto::sha256("other"), "admin",
                         *policy::Repository::parse("acme/widgets"), "read", kNoon, kNoon + 1h);
    shared = short_lived.budget_of(record, nullptr);
    redis.answer = [] { return word(0, "m", 1, 1, 0, 100, 100); };
    lease = acquire(*shared).value();
  }
  const std::size_t asked = redis.asked.size();
  lease.reset();
  time.advance(1min);
  EXPECT_EQ(redis.asked.size(), asked) << "nothing is told any more";
  EXPECT_EQ(shared->in_flight(), 0U);
}

}  // namespace
}  // namespace hubwarden::fleet

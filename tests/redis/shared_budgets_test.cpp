// Replicas that share a handle's budget on a real Redis.

#include "fleet/shared_budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "fleet/key_names.h"
#include "policy/budget_state.h"
#include "tests/redis/budget_fixture.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using policy::BudgetLimits;
using policy::BudgetSpent;
using policy::CallKind;
using ::testing::SizeIs;

class SharedBudgetsTest : public redis::RedisTest {
 protected:
  std::unique_ptr<BudgetReplica> replica(std::size_t replicas = 1) {
    auto made = std::make_unique<BudgetReplica>(
        BudgetReplica::Fleet{parts(), loops.executor(1), redis.endpoint(), replicas, nullptr},
        handle_record(limits));
    EXPECT_TRUE(comes_true([&] { return made->ask({"PING"}).has_value(); }));
    return made;
  }
  static std::string refusal(const auto& result) {
    if (result) return "granted";
    return std::string(to_string(result.error().code())) + " " + std::string(to_string(result.error().fix()));
  }
  std::size_t leases_in_redis(BudgetReplica& asked) {
    const auto count = asked.ask({"ZCARD", names.leases()});
    return count ? static_cast<std::size_t>(count->integer()) : SIZE_MAX;
  }
  std::vector<LeasePtr> take_all(BudgetReplica& from) {
    std::vector<LeasePtr> leases;
    for (;;) {
      Result<LeasePtr> lease = from.acquire();
      if (!lease) return leases;
      leases.push_back(std::move(*lease));
    }
  }

  BudgetLimits limits;
  const KeyNames names{"handle " + store::to_text(store::HandleId(7))};
  test::RedisProcess redis;
};

TEST_F(SharedBudgetsTest, AreOneForAllReplicas) {
  limits = *BudgetLimits::make(3, 4, 1 << 20);
  const auto one = replica();
  const auto other = replica();
  auto first = one->acquire();
  auto second = other->acquire();
  auto third = one->acquire();
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(refusal(other->acquire()), "budget_exceeded wait");
  first->reset();
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 2; }));
  EXPECT_TRUE(other->acquire());
  EXPECT_EQ(refusal(one->acquire()), "budget_exceeded caller");
  EXPECT_EQ(refusal(other->acquire()), "budget_exceeded caller");
  EXPECT_EQ(one->budget().spent().requests, 4U);
}

TEST_F(SharedBudgetsTest, CutAReadAtTheLimitWhicheverReplicaSpentTheRest) {
  limits = *BudgetLimits::make(2, 10, 200'000);
  const auto one = replica();
  const auto other = replica();
  auto first = one->acquire();
  ASSERT_TRUE(first && one->spend(*first, 150'000));
  auto second = other->acquire();
  ASSERT_TRUE(second);
  EXPECT_EQ(refusal(other->spend(*second, 150'000)), "budget_exceeded wait");
  first->reset();
  EXPECT_TRUE(comes_true([&] { return other->spend(*second, 50'000).has_value(); }));
  EXPECT_EQ(refusal(other->spend(*second, 1)), "budget_exceeded caller");
  second->reset();
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 0; }));
  EXPECT_EQ(refusal(one->acquire()), "budget_exceeded caller");
  EXPECT_EQ(one->budget().spent(), BudgetSpent(2, 200'000));
}

TEST_F(SharedBudgetsTest, PassAWritesAnswerOnAndCountIt) {
  limits = *BudgetLimits::make(2, 10, 1000);
  const auto one = replica();
  const auto other = replica();
  auto written = one->acquire(CallKind::kWrite);
  ASSERT_TRUE(written && one->spend(*written, 5000));
  written->reset();
  EXPECT_TRUE(comes_true([&] { return refusal(other->acquire()) == "budget_exceeded caller"; }));
  EXPECT_EQ(other->budget().spent().bytes, 5000U);
}

TEST_F(SharedBudgetsTest, GiveBackWhatWasNotSentAndNotUsed) {
  limits = *BudgetLimits::make(2, 1, 1000);
  const auto one = replica();
  const auto other = replica();
  auto unsent = one->acquire();
  ASSERT_TRUE(unsent);
  EXPECT_EQ(refusal(other->acquire()), "budget_exceeded caller");
  (*unsent)->give_back();
  Result<LeasePtr> lease = std::unexpected(Error(ErrorCode::kInternal, ""));
  EXPECT_TRUE(comes_true([&] { return (lease = other->acquire()).has_value(); }));
  EXPECT_TRUE(other->spend(*lease, 1000));
}

TEST_F(SharedBudgetsTest, AskRedisSeldomForALongAnswer) {
  limits = *BudgetLimits::make(1, 1, 40 << 20);
  const auto one = replica();
  auto lease = one->acquire();
  ASSERT_TRUE(lease);
  const auto version = [&] { return one->ask({"HGET", names.spent(), "version"})->text(); };
  for (int i = 0; i < 512; ++i) ASSERT_TRUE(one->spend(*lease, 64 << 10));
  EXPECT_LT(std::stoi(version()), 60) << "for 32 MiB, renewals included";
}

TEST_F(SharedBudgetsTest, FreeThePlacesOfADeadReplicaWithinTheLeaseTime) {
  const auto one = replica();
  const auto other = replica();
  std::vector<LeasePtr> held = take_all(*one);
  ASSERT_THAT(held, SizeIs(BudgetLimits::kUsualConcurrent));
  EXPECT_EQ(refusal(other->acquire()), "budget_exceeded wait");
  one->die();
  const SteadyPoint died = clock.steady_now();
  EXPECT_TRUE(comes_true([&] { return take_all(*other).size() == BudgetLimits::kUsualConcurrent; }));
  EXPECT_LT(clock.steady_now() - died, BudgetReplica::kLease + 500ms);
  EXPECT_GE(other->budget().spent().bytes, 8 * policy::BudgetState::kReservation)
      << "nobody can tell how much of it the dead one used";
}

TEST_F(SharedBudgetsTest, RenewThePlacesOfALivingOne) {
  limits = *BudgetLimits::make(1, 100, 1 << 20);
  const auto one = replica();
  const auto other = replica();
  auto lease = one->acquire();
  ASSERT_TRUE(lease && one->spend(*lease, 7));
  const auto end_of_lease = [&] {
    return one->ask({"ZRANGE", names.leases(), "0", "-1", "WITHSCORES"})->items().at(1).text();
  };
  for (int renewals = 0; renewals < 4; ++renewals) {  // together longer than a lease
    EXPECT_EQ(refusal(other->acquire()), "budget_exceeded wait");
    EXPECT_TRUE(comes_true([&, before = end_of_lease()] { return end_of_lease() != before; }));
  }
  lease->reset();
  EXPECT_TRUE(comes_true([&] { return other->acquire().has_value(); }));
  EXPECT_EQ(other->budget().spent(), BudgetSpent(2, 7));
}

TEST_F(SharedBudgetsTest, LeaveNoKeyWithoutAnEnd) {
  const auto one = replica();
  auto lease = one->acquire();
  auto unsent = one->acquire();
  auto kept = one->acquire();
  ASSERT_TRUE(lease && unsent && kept && one->spend(*lease, 1 << 20));
  lease->reset();
  (*unsent)->give_back();
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 1; }));
  const auto keys = one->ask({"KEYS", "*"});
  ASSERT_THAT(keys->items(), SizeIs(2));
  for (const redis::Reply& key : keys->items()) {
    const auto left = one->ask({"PTTL", key.text()});
    EXPECT_GT(left->integer(), 3'600'000) << key.text();
    EXPECT_LE(left->integer(), 7'200'000) << key.text();
    EXPECT_TRUE(key.text().starts_with("hubwarden:v1:{")) << key.text();
  }
}

TEST_F(SharedBudgetsTest, GoOnFromWhatTheRecordsSay) {
  limits = *BudgetLimits::make(8, 10, 1000);
  BudgetReplica one({parts(), loops.executor(1), redis.endpoint(), 1, nullptr},
                    handle_record(limits, BudgetSpent(9, 900)));
  EXPECT_TRUE(comes_true([&] { return one.ask({"PING"}).has_value(); }));
  auto last = one.acquire();
  ASSERT_TRUE(last && one.spend(*last, 100));
  last->reset();
  EXPECT_EQ(refusal(one.acquire()), "budget_exceeded caller");
}

TEST_F(SharedBudgetsTest, AreNotHadAnewFromARedisThatForgot) {
  limits = *BudgetLimits::make(8, 10, 1 << 20);
  const auto one = replica();
  const auto other = replica();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(one->acquire());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(other->acquire());
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 0; }));
  ASSERT_TRUE(one->ask({"FLUSHALL"}));
  ASSERT_TRUE(one->acquire());
  ASSERT_TRUE(other->acquire());
  EXPECT_EQ(refusal(one->acquire()), "budget_exceeded caller");
  EXPECT_EQ(refusal(other->acquire()), "budget_exceeded caller");
}

TEST_F(SharedBudgetsTest, HaveTheCallsInFlightAgainAfterRedisForgot) {
  limits = *BudgetLimits::make(3, 10, 1 << 20);
  const auto one = replica();
  const auto other = replica();
  auto lease = one->acquire();
  ASSERT_TRUE(lease && one->spend(*lease, 5));
  ASSERT_TRUE(one->ask({"FLUSHALL"}));
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 1; }));
  EXPECT_THAT(take_all(*other), SizeIs(2));
  ASSERT_TRUE(one->spend(*lease, 6));
  lease->reset();
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 0; }));
  EXPECT_TRUE(other->acquire());
  EXPECT_EQ(other->budget().spent(), BudgetSpent(4, 11));
}

TEST_F(SharedBudgetsTest, AreSharesWhileRedisHangsAndOneAgainAfterwards) {
  limits = *BudgetLimits::make(6, 33, 1 << 20);
  std::vector<std::unique_ptr<BudgetReplica>> fleet;
  for (int i = 0; i < 3; ++i) fleet.push_back(replica(3));
  for (int round = 0; round < 2; ++round) {
    for (const auto& each : fleet) ASSERT_TRUE(each->acquire());  // the last round knows of nearly all
  }
  redis.pause();
  std::uint64_t sent = 6;
  for (const auto& each : fleet) {
    std::vector<LeasePtr> held = take_all(*each);
    EXPECT_THAT(held, SizeIs(2)) << "calls at a time";
    sent += held.size();
    for (;;) {
      held.clear();
      Result<LeasePtr> lease = each->acquire();
      if (!lease) {
        EXPECT_EQ(refusal(lease), "budget_exceeded wait");
        break;
      }
      ++sent;
      held.push_back(std::move(*lease));
    }
  }
  EXPECT_GT(sent, 30U);
  EXPECT_LE(sent, 33U);
  redis.go_on();
  for (const auto& each : fleet) {
    EXPECT_TRUE(comes_true([&] {
      const auto asked = each->acquire();
      sent += asked ? 1 : 0;
      return refusal(asked) == "budget_exceeded caller";
    }));
    EXPECT_EQ(each->budget().spent().requests, 33U);
  }
  EXPECT_LE(sent, 33U);
}

TEST_F(SharedBudgetsTest, TellWhatWasSpentWithoutRedisOnce) {
  limits = *BudgetLimits::make(8, 100, 1 << 20);
  const auto one = replica();
  const auto other = replica();
  ASSERT_TRUE(one->acquire());
  ASSERT_TRUE(other->acquire());
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 0; }));
  redis.pause();
  for (const auto* each : {&one, &other}) {
    for (int i = 0; i < 5; ++i) {
      auto lease = (*each)->acquire();
      ASSERT_TRUE(lease && (*each)->spend(*lease, 100));
    }
    EXPECT_GE((*each)->leases(1), 5U);
  }
  redis.go_on();
  const auto in_redis = [&](std::string_view field) {
    const auto value = one->ask({"HGET", names.spent(), field});
    return value && value->is_text() ? std::stoi(value->text()) : -1;
  };
  EXPECT_TRUE(comes_true([&] { return in_redis("requests") == 12; })) << in_redis("requests");
  // What a call has set aside when its share is told counts as spent.
  const auto set_aside = 2 * static_cast<int>(policy::BudgetState::kReservation);
  EXPECT_TRUE(comes_true([&] { return in_redis("bytes") >= 1000; })) << in_redis("bytes");
  EXPECT_LE(in_redis("bytes"), 1000 + set_aside);
}

TEST_F(SharedBudgetsTest, KeepACallThatBeganWithoutRedisInTheCountWhenItIsBack) {
  limits = *BudgetLimits::make(2, 100, 1 << 20);
  const auto one = replica(2);
  ASSERT_TRUE(one->acquire());
  redis.pause();
  auto alone = one->acquire();
  ASSERT_TRUE(alone);
  EXPECT_EQ(refusal(one->acquire()), "budget_exceeded wait");
  redis.go_on();
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 1; }));
  const auto other = replica();
  auto second = other->acquire();
  ASSERT_TRUE(second);
  EXPECT_EQ(refusal(other->acquire()), "budget_exceeded wait");
  ASSERT_TRUE(one->spend(*alone, 100'000)) << "from its share, and then from Redis";
  alone->reset();
  second->reset();
  EXPECT_TRUE(comes_true([&] { return leases_in_redis(*one) == 0; }));
}

TEST_F(SharedBudgetsTest, AreSharesWhereTheKeysAreSomebodyElses) {
  limits = *BudgetLimits::make(4, 8, 1000);
  for (const std::string& key : {names.spent(), names.leases()}) {
    const auto one = replica(2);
    ASSERT_TRUE(one->ask({"FLUSHALL"}));
    ASSERT_TRUE(one->ask({"SET", key, "something else"}));
    EXPECT_THAT(take_all(*one), SizeIs(2));
    EXPECT_EQ(one->ask({"GET", key})->text(), "something else");
  }
  const auto one = replica(2);
  ASSERT_TRUE(one->ask({"FLUSHALL"}));
  ASSERT_TRUE(one->ask({"HSET", names.spent(), "memory", "m", "requests", "many"}));
  EXPECT_THAT(take_all(*one), SizeIs(2));
}

}  // namespace
}  // namespace hubwarden::fleet

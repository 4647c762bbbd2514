// Budgets of a fleet, whatever happens in which order: replicas whose callers come, spend, give back and
// die, and a Redis that forgets. The model knows only what each call did.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "policy/budget_state.h"
#include "tests/redis/budget_fixture.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using policy::BudgetLimits;
using policy::BudgetSpent;
using policy::CallKind;

constexpr std::size_t kReplicas = 3;
constexpr std::size_t kCallers = 3;  // of each, at the same time

// What all callers of all replicas did.
struct Tally {
  Tally() = default;
  std::atomic<std::uint64_t> in_flight{0};
  std::atomic<std::uint64_t> most_in_flight{0};
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> read{0};
  std::atomic<std::uint64_t> written{0};

  void begin() {
    sent.fetch_add(1);
    const std::uint64_t now = in_flight.fetch_add(1) + 1;
    std::uint64_t most = most_in_flight.load();
    while (now > most && !most_in_flight.compare_exchange_weak(most, now)) {
    }
  }
};

// One caller of one replica, until nothing is left, or the replica dies.
class Caller {
 public:
  Caller(BudgetReplica& replica, Tally& tally, std::uint64_t seed)
      : replica_(replica), tally_(tally), random_(seed) {}

  void call_until_refused(const std::atomic<bool>& is_dead) {
    while (!is_dead) {
      const CallKind kind = random_.below(8) == 0 ? CallKind::kWrite : CallKind::kRead;
      Result<LeasePtr> lease = replica_.acquire(kind);
      if (!lease && lease.error().fix() == Fix::kCaller) return;
      if (!lease) continue;
      // A dead replica's callers do nothing any more: what it was granted too late was not sent.
      if (is_dead) return keep(std::move(*lease));
      tally_.begin();
      carry_out(kind, *lease, is_dead);
      tally_.in_flight.fetch_sub(1);
      if (is_dead) return keep(std::move(*lease));
    }
  }

 private:
  void carry_out(CallKind kind, LeasePtr& lease, const std::atomic<bool>& is_dead) {
    if (random_.below(6) == 0 && !is_dead) {
      tally_.sent.fetch_sub(1);
      lease->give_back();
      return;
    }
    for (std::uint64_t pieces = random_.below(4); pieces > 0 && !is_dead; --pieces) {
      const std::uint64_t bytes = random_.below(100'000);
      const bool is_spent = replica_.spend(lease, bytes).has_value();
      EXPECT_TRUE(is_spent || kind == CallKind::kRead) << "a write was failed";
      if (is_spent && !is_dead) (kind == CallKind::kRead ? tally_.read : tally_.written).fetch_add(bytes);
    }
  }
  // Not released, as when its process is killed.
  void keep(LeasePtr lease) { kept_.push_back(std::move(lease)); }

  BudgetReplica& replica_;
  Tally& tally_;
  SeededRandom random_;
  std::vector<LeasePtr> kept_;
};

class BudgetStormTest : public redis::RedisTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  BudgetStormTest() {
    limits =
        *BudgetLimits::make(1 + random.below(6), 30 + random.below(300), 2'000'000 + random.below(8'000'000));
    for (std::size_t i = 0; i < kReplicas; ++i) {
      replicas.push_back(
          std::make_unique<BudgetReplica>(BudgetReplica::Fleet{parts(), loops.executor(1), redis.endpoint(),
                                                               kReplicas, [this] { return recorded(); }},
                                          handle_record(limits)));
      EXPECT_TRUE(comes_true([&] { return replicas.back()->ask({"PING"}).has_value(); }));
    }
  }

  // As if every replica wrote down what it knows at every moment.
  BudgetSpent recorded() {
    BudgetSpent greatest;
    for (const auto& each : replicas) {
      const BudgetSpent spent = each->budget().spent();
      greatest =
          BudgetSpent(std::max(greatest.requests, spent.requests), std::max(greatest.bytes, spent.bytes));
    }
    return greatest;
  }

  void run_callers(const std::function<void()>& meanwhile) {
    std::vector<Caller> callers;
    callers.reserve(kReplicas * kCallers);
    for (std::size_t i = 0; i < kReplicas * kCallers; ++i)
      callers.emplace_back(*replicas[i % kReplicas], tally, GetParam() * 100 + i);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < callers.size(); ++i) {
        threads.emplace_back([this, &callers, i] { callers[i].call_until_refused(dead[i % kReplicas]); });
      }
      meanwhile();
    }
  }
  bool comes_to_sent(std::uint64_t share_of_limit) {
    return comes_true([&] { return tally.sent * 4 >= limits.requests() * share_of_limit || is_over(); });
  }
  // On a machine so slow that Redis does not always answer in time, replicas spend of their shares while
  // others go on with Redis, and what Redis has granted unheard may count as spent.
  bool has_been_slow() {
    return std::ranges::any_of(replicas, [](const auto& each) { return each->failures() > 0; });
  }
  std::uint64_t most_at_a_time() { return limits.concurrent() * (has_been_slow() ? 1 + kReplicas : 1); }
  std::uint64_t most_requests() { return limits.requests() * (has_been_slow() ? 2 : 1); }
  std::uint64_t most_bytes() { return limits.bytes() * (has_been_slow() ? 2 : 1); }
  bool is_over() const { return tally.read + tally.written >= limits.bytes() / 2; }

  SeededRandom random{GetParam()};
  BudgetLimits limits;
  Tally tally;
  std::array<std::atomic<bool>, kReplicas> dead{};
  test::RedisProcess redis;
  std::vector<std::unique_ptr<BudgetReplica>> replicas;
};

TEST_P(BudgetStormTest, KeepsEveryLimit) {
  run_callers([] {});
  EXPECT_LE(tally.most_in_flight, most_at_a_time());
  EXPECT_LE(tally.sent, most_requests());
  EXPECT_LE(tally.read, most_bytes());
  if (has_been_slow()) return;
  const std::uint64_t all = tally.read + tally.written;
  EXPECT_TRUE(comes_true([&] {
    const auto refused = replicas[0]->acquire();  // and it hears what is spent
    return !refused && replicas[0]->budget().spent() == BudgetSpent(tally.sent, all);
  })) << replicas[0]->budget().spent().requests
      << " of " << tally.sent << ", " << replicas[0]->budget().spent().bytes << " of " << all;
  EXPECT_TRUE(tally.sent >= limits.requests() || all >= limits.bytes()) << "and all of it can be used";
}

TEST_P(BudgetStormTest, KeepsEveryLimitWhenAReplicaDies) {
  run_callers([this] {
    EXPECT_TRUE(comes_to_sent(1));
    dead[1] = true;
    replicas[1]->die();
  });
  // Calls of the dead one are over with it, so its places may be had again: never more at a time.
  EXPECT_LE(tally.most_in_flight, most_at_a_time());
  EXPECT_LE(tally.sent, most_requests());
  EXPECT_LE(tally.read, most_bytes());
}

TEST_P(BudgetStormTest, KeepsEveryLimitWhenRedisForgets) {
  run_callers([this] {
    EXPECT_TRUE(comes_to_sent(1));
    EXPECT_TRUE(replicas[0]->ask({"FLUSHALL"}));
  });
  // What was in flight then has its place again only with the next renewal.
  EXPECT_LE(tally.most_in_flight, 2 * most_at_a_time());
  EXPECT_LE(tally.sent, most_requests());
  EXPECT_LE(tally.read, most_bytes() + limits.concurrent() * (std::uint64_t(1) << 20));
}

TEST_P(BudgetStormTest, KeepsEveryLimitWhenRedisHangs) {
  run_callers([this] {
    EXPECT_TRUE(comes_to_sent(1));
    redis.pause();
    EXPECT_TRUE(comes_true([&] {
      return replicas[0]->leases(1) > 0 && replicas[1]->leases(1) > 0 && replicas[2]->leases(1) > 0;
    }));
    redis.go_on();
  });
  EXPECT_LE(tally.most_in_flight, limits.concurrent() + kReplicas * limits.concurrent());
  EXPECT_LE(tally.sent, limits.requests());
  // What was set aside elsewhere after the last word that a replica heard.
  EXPECT_LE(tally.read, limits.bytes() + limits.concurrent() * (std::uint64_t(1) << 20));
}

INSTANTIATE_TEST_SUITE_P(Seeds, BudgetStormTest, ::testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace hubwarden::fleet

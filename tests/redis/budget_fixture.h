#pragma once

// Replicas that share a handle's budget on a real Redis, each with a client, a loop's background and a memory
// of its own.
//
//   BudgetReplica one(parts(), redis.endpoint(), record);
//   auto lease = one.acquire(CallKind::kRead);
//   one.die();                                    // as by kill -9: nothing of it is told or renewed any more

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/random.h"
#include "fleet/shared_budgets.h"
#include "net/loops.h"
#include "obs/metrics.h"
#include "redis/single_client.h"

namespace hubwarden::fleet {

using LeasePtr = std::unique_ptr<auth::CallLease>;

inline store::Handle handle_record(policy::BudgetLimits limits, policy::BudgetSpent spent = {}) {
  const TimePoint now = SystemClock().now();
  store::Handle record(store::HandleId(7), crypto::sha256("handle"), "admin",
                       *policy::Repository::parse("acme/widgets"), "read", now, now + std::chrono::hours(1));
  record.limits = limits;
  record.spent = spent;
  return record;
}

// Remembers how often Redis did not answer in time.
class CountingClient final : public redis::Client {
 public:
  explicit CountingClient(redis::Client& client) : client_(client) {}

  net::Task<Result<redis::Reply>> ask(std::string key, std::string command) override {
    net::Task<Result<redis::Reply>> asking = client_.ask(std::move(key), std::move(command));
    Result<redis::Reply> reply = co_await std::move(asking);
    if (!reply) ++failures_;
    co_return reply;
  }
  bool is_available() const override { return client_.is_available(); }
  net::Task<> stop() override { return client_.stop(); }

  int failures() const { return failures_; }

 private:
  redis::Client& client_;
  std::atomic<int> failures_{0};
};

class BudgetReplica {
 public:
  static constexpr Duration kLease = std::chrono::seconds(1);

  struct Fleet {
    redis::Server::Parts server;
    net::Executor here;  // where its callers run
    net::Endpoint endpoint;
    std::size_t replicas = 1;
    // What the durable records say; null: nothing.
    std::function<std::optional<policy::BudgetSpent>()> recorded;
  };

  BudgetReplica(Fleet fleet, const store::Handle& record)
      : fleet_(std::move(fleet)),
        client_(fleet_.server, fleet_.endpoint, std::make_shared<const redis::Login>()),
        budgets_(parts(), options()),
        budget_(budgets_.budget_of(record, nullptr)) {
    budgets_.start();
  }
  ~BudgetReplica() {
    run(budgets_.stop());
    run(client_.stop());
  }

  Result<LeasePtr> acquire(policy::CallKind kind = policy::CallKind::kRead) {
    const SteadyPoint now = fleet_.server.clock.steady_now();
    return on_loop(budget_->acquire(kind, now, now + std::chrono::minutes(1)));
  }
  Result<> spend(LeasePtr& lease, std::uint64_t bytes) { return on_loop(lease->spend(bytes)); }
  Result<redis::Reply> ask(std::initializer_list<std::string_view> words) {
    return on_loop(client_.ask("", redis::command_text(words)));
  }
  void die() { run(client_.stop()); }

  auth::HandleBudget& budget() { return *budget_; }
  // Of what the budgets asked of Redis.
  int failures() const { return counting_.failures(); }
  std::uint64_t leases(std::size_t from) {
    return metrics_.counters("hubwarden_budget_leases_total", "", {{"from", {"fleet", "share"}}})
        .at(from)
        .value();
  }

 private:
  SharedBudgets::Parts parts() {
    return {fleet_.server.executor,
            counting_,
            fleet_.server.timers,
            fleet_.server.clock,
            random_,
            metrics_,
            [this] { return fleet_.replicas; },
            [this](store::HandleId) { return recorded(this); }};
  }
  static SharedBudgets::Options options() {
    SharedBudgets::Options options;
    options.lease = kLease;
    return options;
  }
  static net::Task<std::optional<policy::BudgetSpent>> recorded(BudgetReplica* self) {
    std::optional<policy::BudgetSpent> spent;
    if (self->fleet_.recorded) spent = self->fleet_.recorded();
    co_return spent;
  }
  template <class T>
  T on_loop(net::Task<T> task) {
    return net::block_on(fleet_.here, std::move(task));
  }
  void run(net::Task<> task) { on_loop(to_end(std::move(task))); }
  static net::Task<bool> to_end(net::Task<> task) {
    co_await std::move(task);
    co_return true;
  }

  Fleet fleet_;
  SystemRandom random_;
  obs::Metrics metrics_;
  redis::SingleClient client_;
  CountingClient counting_{client_};
  SharedBudgets budgets_;
  std::shared_ptr<auth::HandleBudget> budget_;
};

}  // namespace hubwarden::fleet

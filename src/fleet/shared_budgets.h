#pragma once

// The budgets of handles, one for the whole fleet, in Redis. While Redis is away, a replica spends its share
// of what was left (budget_share.h); what holds of the limits then is in budget_books.h.
//
//   SharedBudgets budgets(parts, SharedBudgets::Options());
//   budgets.start();
//   auth::Handles handles({…, budgets, …});
//   co_await budgets.stop();      // before Redis' client; what ended by then is told
//
// A call costs one script on its way and a part of one when it has ended, which nobody waits for; a long
// answer one more for each of its pieces, which grow. A replica renews the leases of its calls; those of one
// that dies end by themselves. Threads: any. Budgets and leases may outlive this.

#include <functional>
#include <memory>
#include <optional>

#include "auth/budgets.h"
#include "base/random.h"
#include "net/timers.h"
#include "obs/metrics.h"
#include "redis/client.h"

namespace hubwarden::fleet {

class BudgetHub;

class SharedBudgets final : public auth::Budgets {
 public:
  struct Parts {
    net::Executor executor;  // of the work in the background
    redis::Client& redis;
    net::Timers& timers;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
    // How many replicas there are, as last seen; this one among them. From any thread, short.
    std::function<std::size_t()> replicas;
    // What of a handle is spent by the durable records; nothing when they do not know.
    std::function<net::Task<std::optional<policy::BudgetSpent>>(store::HandleId)> recorded;
  };
  struct Options {
    Options() = default;
    // Of a call, renewed while it lives: so long its place stays taken when its replica dies.
    Duration lease = std::chrono::seconds(10);
  };

  SharedBudgets(Parts parts, Options options);
  ~SharedBudgets() override;

  std::shared_ptr<auth::HandleBudget> budget_of(const auth::BudgetTerms& terms,
                                                std::function<void()> on_change) override;

  void start();
  net::Task<> stop();

  // What was taken from the records that recently is not looked up there again for a memory that begins.
  static constexpr Duration kFresh = std::chrono::seconds(5);
  // How long the keys of a handle outlive it: a call that began before its end may last.
  static constexpr Duration kMargin = std::chrono::hours(1);

 private:
  std::shared_ptr<BudgetHub> hub_;
};

}  // namespace hubwarden::fleet

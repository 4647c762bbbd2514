#pragma once

// What all budgets of this replica have in common: Redis, time, and the work in the background. For
// shared_budgets.cpp and shared_budget.cpp.
//
// Shared by the budgets and their leases, which may outlive SharedBudgets: after stop() it only remembers.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/guarded.h"
#include "fleet/budget_script.h"
#include "fleet/shared_budgets.h"
#include "net/event.h"

namespace hubwarden::fleet {

class SharedBudget;

class BudgetHub : public std::enable_shared_from_this<BudgetHub> {
 public:
  using Parts = SharedBudgets::Parts;
  using Options = SharedBudgets::Options;

  BudgetHub(Parts parts, Options options);

  const Clock& clock() const { return parts_.clock; }
  const Options& options() const { return options_; }
  const std::string& replica() const { return replica_; }
  std::size_t replicas() const { return parts_.replicas(); }
  bool is_redis_available() const { return parts_.redis.is_available(); }
  // When what other replicas did without Redis is told there, too, if it answers from now on.
  SteadyPoint settled_from(SteadyPoint now) const;
  bool is_settled(SteadyPoint now) const { return now >= settled_at_.load(); }
  net::Task<std::optional<policy::BudgetSpent>> recorded(store::HandleId id) { return parts_.recorded(id); }

  // Names that are given once.
  std::string new_memory() { return random_name(); }
  std::string new_lease() { return replica_ + "-" + std::to_string(last_lease_.fetch_add(1)); }

  // `most`: see read_word().
  net::Task<Result<BudgetWord>> ask(std::string key, std::vector<std::string> words, std::uint64_t most);
  enum class From { kFleet, kShare };
  void count_lease(From from) { leases_.at(from).add(); }

  // From now on it is looked after: its leases renewed, its news told, until it has none.
  void look_after(std::shared_ptr<SharedBudget> budget);
  // Tells Redis in the background what there is to tell, unless this has stopped.
  void tell_soon(std::shared_ptr<SharedBudget> budget);

  void start();
  net::Task<> stop();
  // Without waiting; for an end without stop().
  void cut();

 private:
  using Busy = std::unordered_set<std::shared_ptr<SharedBudget>>;

  std::string random_name();
  // Budgets know this hub: kept for ever, they would keep it.
  void let_all_go();
  void spawn(net::Task<> task);
  static net::Task<> counted(std::shared_ptr<BudgetHub> hub, net::Task<> task);
  static net::Task<> look_after_all(std::shared_ptr<BudgetHub> hub);
  static net::Task<> tell(std::shared_ptr<SharedBudget> budget);
  // One round, until `deadline` at most.
  net::Task<> tell_all(SteadyPoint deadline);

  Parts parts_;
  Options options_;
  const std::string replica_;
  obs::CounterFamily& leases_;
  std::atomic<std::uint64_t> last_lease_{0};
  Guarded<Busy> busy_;
  std::atomic<int> running_{0};
  std::atomic<bool> is_stopping_{false};
  std::atomic<SteadyPoint> settled_at_{SteadyPoint()};
  net::Event stopping_;
};

}  // namespace hubwarden::fleet

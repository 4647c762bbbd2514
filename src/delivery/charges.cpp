#include "delivery/charges.h"

#include <chrono>
#include <utility>

namespace hubwarden::delivery {
namespace {

using auth::CallLease;
using LeasePtr = std::unique_ptr<CallLease>;

class Leases final : public CallLease {
 public:
  explicit Leases(std::vector<LeasePtr> leases) : leases_(std::move(leases)) {}

  net::Task<Result<>> spend(std::uint64_t bytes) override {
    for (const LeasePtr& lease : leases_) {
      net::Task<Result<>> spending = lease->spend(bytes);
      const Result<> may = co_await std::move(spending);
      if (!may) co_return may;
    }
    co_return Result<>();
  }
  void give_back() override {
    for (const LeasePtr& lease : leases_) lease->give_back();
  }

 private:
  std::vector<LeasePtr> leases_;
};

Error exceeded(Error error, const std::optional<TimePoint>& anew_at, TimePoint now) {
  if (!anew_at || error.code() != ErrorCode::kBudgetExceeded || error.fix() == Fix::kWait) return error;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(*anew_at - now);
  return std::move(error).with_fix(Fix::kWait).with_retry_after(wait);
}

}  // namespace

std::vector<auth::Charge> charges_of(const auth::Principal& who, const rules::Decision& decision,
                                     auth::RuleBudgets& budgets) {
  std::vector<auth::Charge> charges;
  const auth::Session* const session = who.session();
  if (session != nullptr) charges = budgets.of(*session, decision);
  if (auto own = who.own_budget()) charges.emplace_back(std::move(own), std::nullopt);
  return charges;
}

net::Task<Result<LeasePtr>> charge(std::vector<auth::Charge> charges, policy::CallKind kind,
                                   const Clock& clock, SteadyPoint deadline) {
  std::vector<LeasePtr> leases;
  for (const auth::Charge& each : charges) {
    net::Task<Result<LeasePtr>> acquiring = each.budget->acquire(kind, clock.steady_now(), deadline);
    Result<LeasePtr> lease = co_await std::move(acquiring);
    if (!lease) {
      for (const LeasePtr& taken : leases) taken->give_back();
      co_return std::unexpected(exceeded(lease.error(), each.anew_at, clock.now()));
    }
    leases.push_back(*std::move(lease));
  }
  if (leases.size() == 1) co_return std::move(leases.front());
  co_return std::make_unique<Leases>(std::move(leases));
}

}  // namespace hubwarden::delivery

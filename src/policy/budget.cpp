#include "policy/budget.h"

#include <utility>

#include "base/check.h"

namespace hubwarden::policy {

std::shared_ptr<Budget> Budget::make(BudgetLimits limits, BudgetSpent spent, OnChange on_change) {
  return std::shared_ptr<Budget>(new Budget(limits, spent, std::move(on_change)));
}

Budget::Budget(BudgetLimits limits, BudgetSpent spent, OnChange on_change)
    : limits_(limits), on_change_(std::move(on_change)), books_(BudgetState(limits, spent)) {
}

template <class Step>
auto Budget::change(Step step) {
  bool is_first = false;
  auto outcome = [&] {
    auto books = books_.lock();
    const BudgetSpent before = books->state.spent();
    auto done = step(books->state);
    is_first = !books->is_changed && books->state.spent() != before;
    books->is_changed = books->is_changed || is_first;
    return done;
  }();
  if (is_first && on_change_) on_change_();
  return outcome;
}

Result<Lease> Budget::acquire(CallKind kind, SteadyPoint now, SteadyPoint deadline) {
  const Result<LeaseId> id = change([&](BudgetState& state) { return state.acquire(kind, now, deadline); });
  if (!id) return std::unexpected(id.error());
  return Lease(shared_from_this(), *id);
}

BudgetSpent Budget::spent() const {
  return books_.lock()->state.spent();
}

std::size_t Budget::in_flight() const {
  return books_.lock()->state.in_flight();
}

std::optional<BudgetSpent> Budget::take_changed() {
  auto books = books_.lock();
  if (!std::exchange(books->is_changed, false)) return std::nullopt;
  return books->state.spent();
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  release();
  budget_ = std::move(other.budget_);
  id_ = other.id_;
  return *this;
}

Result<> Lease::spend(std::uint64_t bytes) {
  HW_CHECK(budget_ != nullptr);
  return budget_->change([&](BudgetState& state) { return state.spend(id_, bytes); });
}

void Lease::release() {
  const std::shared_ptr<Budget> budget = std::exchange(budget_, nullptr);
  if (budget) budget->change([&](BudgetState& state) { return state.release(id_); });
}

void Lease::give_back() {
  const std::shared_ptr<Budget> budget = std::exchange(budget_, nullptr);
  if (budget) budget->change([&](BudgetState& state) { return state.give_back(id_); });
}

}  // namespace hubwarden::policy

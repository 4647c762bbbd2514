#include "fleet/budget_books.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "policy/budget_refusals.h"

namespace hubwarden::fleet {
namespace {

using policy::BudgetSpent;
using policy::CallKind;

BudgetSpent greater(const BudgetSpent& a, const BudgetSpent& b) {
  return BudgetSpent(std::max(a.requests, b.requests), std::max(a.bytes, b.bytes));
}

BudgetSpent less(const BudgetSpent& a, const BudgetSpent& b) {
  return BudgetSpent(a.requests - std::min(a.requests, b.requests), a.bytes - std::min(a.bytes, b.bytes));
}

// Figures go no further: far beyond every limit, and what an answer says of its length may be anything.
constexpr std::uint64_t kMost = std::uint64_t(1) << 50;

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return std::min(kMost, a) + std::min(kMost, b);
}

}  // namespace

BudgetBooks::BudgetBooks(policy::BudgetLimits limits, BudgetSpent recorded)
    : limits_(limits), recorded_(recorded) {
}

BudgetSpent BudgetBooks::untold() const {
  return less(alone_, told_);
}

BudgetStanding BudgetBooks::standing() const {
  BudgetStanding standing;
  standing.limits = limits_;
  standing.memory = memory_;
  standing.version = version_;
  standing.spent = known_;
  // What this replica spent alone is in the records, too, and told beside them.
  standing.recorded = less(recorded_, untold());
  standing.alone = alone_;
  standing.told = told_;
  return standing;
}

void BudgetBooks::take(const BudgetWord& word, const BudgetStanding& asked) {
  told_ = greater(told_, asked.alone);
  const bool is_older = word.memory == memory_ && word.version < version_;
  if (is_older) return;
  memory_ = word.memory;
  version_ = word.version;
  known_ = word.spent;
  reserved_ = word.reserved;
}

void BudgetBooks::take_recorded(BudgetSpent recorded) {
  recorded_ = greater(recorded_, recorded);
}

void BudgetBooks::add(std::string lease, CallKind kind, SteadyPoint deadline, const BudgetWord& word) {
  Held held(lease, kind, deadline);
  held.standing.memory = word.memory;
  held.standing.reserved = word.granted;
  held_.emplace(std::move(lease), std::move(held));
}

void BudgetBooks::ensure_share(std::uint64_t replicas) {
  if (share_) return;
  const BudgetSpent unsaid = untold();
  BudgetSpent taken(known_.requests + unsaid.requests, sum(sum(known_.bytes, unsaid.bytes), reserved_));
  share_.emplace(limits_, greater(taken, recorded_), replicas);
  ++shares_;
}

Result<> BudgetBooks::add_alone(std::string lease, CallKind kind, SteadyPoint deadline,
                                std::uint64_t replicas) {
  ensure_share(replicas);
  const Result<std::uint64_t> granted = share_->acquire(held_.size());
  if (!granted) return std::unexpected(granted.error());
  Held held(lease, kind, deadline);
  held.is_alone = true;
  held.from_share = *granted;
  held.share = shares_;
  held_.emplace(std::move(lease), std::move(held));
  alone_.requests += 1;
  alone_.bytes += *granted;
  return {};
}

void BudgetBooks::add_unsure(std::string lease, SteadyPoint until) {
  if (unsure_.size() < kMaxEnded) unsure_.emplace(std::move(lease), until);
}

void BudgetBooks::consume(Held& held, std::uint64_t bytes) {
  const std::uint64_t from_redis = std::min(bytes, held.left());
  const std::uint64_t from_share = std::min(bytes - from_redis, held.from_share);
  held.standing.used += from_redis;
  held.from_share -= from_share;
}

Result<BudgetBooks::Spending> BudgetBooks::spend(const std::string& lease, std::uint64_t bytes,
                                                 SteadyPoint now) {
  Held& held = held_.at(lease);
  const std::uint64_t room = held.left() + held.from_share;
  if (held.kind == CallKind::kRead) {
    if (held.deadline <= now)
      return fail(ErrorCode::kBudgetExceeded, "the call took longer than its place in the budget lasts");
    if (bytes > room) return Spending::kShort;
  }
  consume(held, bytes);
  if (bytes <= room) return Spending::kDone;
  const std::uint64_t beyond = bytes - room;
  std::uint64_t& counted = held.is_alone ? alone_.bytes : held.standing.used;
  counted = sum(counted, beyond);
  return Spending::kDone;
}

LeaseStanding BudgetBooks::standing_of(const std::string& lease) const {
  return held_.at(lease).standing;
}

std::uint64_t BudgetBooks::ahead_of(const std::string& lease) {
  std::uint64_t& ahead = held_.at(lease).ahead;
  ahead = std::min(2 * ahead, kMaxAhead);
  return ahead;
}

Result<> BudgetBooks::extend(const std::string& lease, std::uint64_t bytes, const BudgetWord& word) {
  Held& held = held_.at(lease);
  return_to_share(held);
  held.standing.memory = word.memory;
  held.standing.reserved = word.granted;
  held.standing.used = 0;
  if (word.verdict == BudgetVerdict::kBytesSpent)
    return std::unexpected(policy::bytes_spent(limits_.bytes()));
  if (word.verdict != BudgetVerdict::kGranted || bytes > word.granted)
    return std::unexpected(policy::bytes_in_use());
  consume(held, bytes);
  return {};
}

Result<> BudgetBooks::extend_alone(const std::string& lease, std::uint64_t bytes, std::uint64_t replicas) {
  ensure_share(replicas);
  Held& held = held_.at(lease);
  if (held.share != shares_) return_to_share(held);
  const std::uint64_t room = held.left() + held.from_share;
  const std::uint64_t lacking = bytes - std::min(bytes, room);
  const Result<std::uint64_t> granted = share_->take(lacking, held.ahead);
  if (!granted) return std::unexpected(granted.error());
  alone_.bytes = sum(alone_.bytes, *granted);
  held.from_share += *granted;
  held.share = shares_;
  consume(held, bytes);
  return {};
}

void BudgetBooks::return_to_share(Held& held) {
  const std::uint64_t unused = std::exchange(held.from_share, 0);
  alone_.bytes -= std::min(unused, alone_.bytes);
  if (share_ && held.share == shares_) share_->put_back(unused);
}

void BudgetBooks::end(const std::string& lease, bool was_sent) {
  const auto place = held_.find(lease);
  HW_CHECK(place != held_.end());
  Held& held = place->second;
  return_to_share(held);
  if (held.is_alone && !was_sent) {
    alone_.requests -= std::min<std::uint64_t>(1, alone_.requests);
    if (share_ && held.share == shares_) share_->give_back();
  }
  if (!held.standing.memory.empty() && ended_.size() < kMaxEnded) {
    held.standing.was_sent = was_sent || held.is_alone;
    ended_.push_back(std::move(held.standing));
  }
  held_.erase(place);
}

BudgetBooks::News BudgetBooks::take_news(SteadyPoint now) {
  News news;
  news.taken_at = now;
  if (being_told_.empty()) being_told_ = std::exchange(ended_, {});
  news.ended = being_told_;
  for (const auto& [lease, until] : unsure_) {
    LeaseStanding& undone = news.ended.emplace_back(lease);
    undone.was_sent = false;
  }
  for (const auto& [lease, held] : held_) {
    if (held.deadline > now) news.living.push_back(held.standing);
  }
  return news;
}

void BudgetBooks::told(const News& news, const BudgetWord& word) {
  being_told_.clear();
  std::erase_if(unsure_, [&news](const auto& each) { return each.second <= news.taken_at; });
  for (const LeaseStanding& renewed : news.living) {
    const auto place = held_.find(renewed.lease);
    if (place == held_.end()) continue;
    LeaseStanding& standing = place->second.standing;
    if (standing.memory == renewed.memory) standing.memory = word.memory;
  }
}

void BudgetBooks::not_told() {
  ended_.insert(ended_.begin(), being_told_.begin(), being_told_.end());
  being_told_.clear();
}

bool BudgetBooks::is_busy() const {
  return !held_.empty() || !ended_.empty() || !being_told_.empty() || !unsure_.empty() || has_spent_alone();
}

BudgetSpent BudgetBooks::spent() const {
  BudgetSpent all = memory_.empty() ? recorded_ : known_;
  const BudgetSpent unsaid = untold();
  all.requests += unsaid.requests;
  all.bytes = sum(all.bytes, unsaid.bytes);
  for (const auto& [lease, held] : held_) {
    all.bytes = sum(all.bytes, held.standing.used);
    all.bytes -= std::min(all.bytes, held.from_share);  // set aside, and counted by `alone_`
  }
  for (const LeaseStanding& lease : ended_) all.bytes = sum(all.bytes, lease.used);
  for (const LeaseStanding& lease : being_told_) all.bytes = sum(all.bytes, lease.used);
  return all;
}

}  // namespace hubwarden::fleet

#pragma once

// Records of revocations that are a map: for tests in virtual time, where no thread may answer. Passes the
// same conformance tests as the real ones.
//
//   FakeRevocationRecords records;
//   records.failure = Error(ErrorCode::kUnavailable, "away");   // from then on
//
// One thread.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "store/revocation_records.h"

namespace hubwarden::store {

class FakeRevocationRecords final : public RevocationRecords, public RevocationFeed {
 public:
  net::Task<Result<Revocation>> revoke(Revocation revocation) override {
    if (failure) co_return std::unexpected(*failure);
    const auto same = std::ranges::find_if(revocations, [&](const auto& each) {
      const Revocation& other = each.second;
      return !other.lifted_at && other.kind == revocation.kind && other.subject == revocation.subject &&
             other.within == revocation.within && other.host == revocation.host;
    });
    if (same == revocations.end() && revocations.contains(revocation.id)) {
      co_return fail(ErrorCode::kInternal, "not new");
    }
    const Revocation stands = same == revocations.end() ? revocation : same->second;
    revocations.emplace(stands.id, stands);
    tell(stands.id, stands);
    co_return stands;
  }

  net::Task<Result<>> lift(RevocationId id, TimePoint when) override {
    if (failure) co_return std::unexpected(*failure);
    const auto found = revocations.find(id);
    if (found == revocations.end()) co_return fail(ErrorCode::kNotFound, "no revocation");
    if (!found->second.lifted_at) found->second.lifted_at = when;
    tell(id, found->second);
    co_return Result<>();
  }

  net::Task<Result<>> note_outcome(RevocationOutcome outcome) override {
    if (failure) co_return std::unexpected(*failure);
    if (!revocations.contains(outcome.of)) co_return Result<>();
    noted.insert_or_assign(std::pair(outcome.of, outcome.by), outcome);
    co_return Result<>();
  }

  net::Task<Result<std::size_t>> forget_over(TimePoint when, std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::set<std::pair<TimePoint, RevocationId>> over;
    for (const auto& [id, revocation] : revocations) {
      const std::optional<TimePoint> end = revocation.over_at();
      if (end && *end < when) over.emplace(*end, id);
    }
    while (over.size() > limit) over.erase(std::prev(over.end()));
    for (const auto& [at, id] : over) {
      revocations.erase(id);
      std::erase_if(noted, [gone = id](const auto& each) { return each.first.first == gone; });
      tell(id, std::nullopt);
    }
    co_return over.size();
  }

  net::Task<Result<Revocation>> find(RevocationId id) override {
    if (failure) co_return std::unexpected(*failure);
    const auto found = revocations.find(id);
    if (found == revocations.end()) co_return fail(ErrorCode::kNotFound, "no revocation");
    co_return found->second;
  }

  net::Task<Result<std::vector<Revocation>>> list(std::optional<RevocationId> after,
                                                  std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<Revocation> page;
    auto next = after ? revocations.upper_bound(*after) : revocations.begin();
    for (; next != revocations.end() && page.size() < limit; ++next) page.push_back(next->second);
    co_return page;
  }

  net::Task<Result<std::vector<RevocationOutcome>>> outcomes(RevocationId id) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<RevocationOutcome> all;
    for (const auto& [of, outcome] : noted) {
      if (of.first == id) all.push_back(outcome);
    }
    co_return all;
  }

  void observe(RevocationObserver observer) override { observer_ = std::move(observer); }

  std::map<RevocationId, Revocation> revocations;
  std::map<std::pair<RevocationId, ReplicaId>, RevocationOutcome> noted;
  std::optional<Error> failure;

 private:
  void tell(RevocationId id, const std::optional<Revocation>& now) const {
    if (observer_) observer_(id, now);
  }

  RevocationObserver observer_;
};

}  // namespace hubwarden::store

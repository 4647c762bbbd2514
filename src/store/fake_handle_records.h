#pragma once

// Records of handles that are a map: for tests in virtual time, where no thread may answer. Passes the same
// conformance tests as the real ones.
//
//   FakeHandleRecords records;
//   records.failure = Error(ErrorCode::kUnavailable, "away");   // from then on
//
// One thread.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "store/handle_records.h"

namespace hubwarden::store {

class FakeHandleRecords final : public HandleRecords, public HandleFeed {
 public:
  net::Task<Result<>> issue(Handle handle) override {
    if (failure) co_return std::unexpected(*failure);
    const bool is_known =
        std::ranges::any_of(handles, [&](const auto& each) { return each.second.digest == handle.digest; });
    if (is_known || handles.contains(handle.id)) co_return fail(ErrorCode::kInternal, "not new");
    handles.emplace(handle.id, handle);
    tell(handle.id, handle);
    co_return Result<>();
  }

  net::Task<Result<>> revoke(HandleId id, TimePoint when) override {
    if (failure) co_return std::unexpected(*failure);
    const auto found = handles.find(id);
    if (found == handles.end()) co_return fail(ErrorCode::kNotFound, "no handle");
    if (!found->second.revoked_at) found->second.revoked_at = when;
    tell(id, found->second);
    co_return Result<>();
  }

  net::Task<Result<>> note_spent(std::vector<HandleSpent> spent) override {
    if (failure) co_return std::unexpected(*failure);
    ++writings;
    for (const HandleSpent& each : spent) {
      const auto found = handles.find(each.handle);
      if (found == handles.end()) continue;
      policy::BudgetSpent& noted = found->second.spent;
      noted = policy::BudgetSpent(std::max(noted.requests, each.spent.requests),
                                  std::max(noted.bytes, each.spent.bytes));
    }
    co_return Result<>();
  }

  net::Task<Result<std::size_t>> forget_ended(TimePoint when, std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::set<std::pair<TimePoint, HandleId>> ended;
    for (const auto& [id, handle] : handles) {
      if (handle.ends_at() < when) ended.emplace(handle.ends_at(), id);
    }
    while (ended.size() > limit) ended.erase(std::prev(ended.end()));
    for (const auto& [at, id] : ended) {
      handles.erase(id);
      tell(id, std::nullopt);
    }
    co_return ended.size();
  }

  net::Task<Result<Handle>> find(HandleId id) override {
    if (failure) co_return std::unexpected(*failure);
    const auto found = handles.find(id);
    if (found == handles.end()) co_return fail(ErrorCode::kNotFound, "no handle");
    co_return found->second;
  }

  net::Task<Result<std::vector<Handle>>> list(std::optional<HandleId> after, std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<Handle> page;
    auto next = after ? handles.upper_bound(*after) : handles.begin();
    for (; next != handles.end() && page.size() < limit; ++next) page.push_back(next->second);
    co_return page;
  }

  void observe(HandleObserver observer) override { observer_ = std::move(observer); }

  std::map<HandleId, Handle> handles;
  std::optional<Error> failure;
  int writings = 0;

 private:
  void tell(HandleId id, const std::optional<Handle>& now) const {
    if (observer_) observer_(id, now);
  }

  HandleObserver observer_;
};

}  // namespace hubwarden::store

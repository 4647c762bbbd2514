#pragma once

// Records of approvals that are a map: for tests in virtual time, where no thread may answer. Passes the same
// conformance tests as the real ones.
//
//   FakeApprovalRecords records;
//   records.failure = Error(ErrorCode::kUnavailable, "away");   // from then on
//
// One thread.

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "store/approval_records.h"
#include "store/record_text.h"

namespace hubwarden::store {

class FakeApprovalRecords final : public ApprovalRecords {
 public:
  net::Task<Result<Approval>> ask(Approval wanted, ApprovalBounds bounds) override {
    if (failure) co_return std::unexpected(*failure);
    std::size_t of_agent = 0;
    std::size_t in_all = 0;
    for (const auto& [id, each] : approvals) {
      if (each.holder == wanted.holder && each.key == wanted.key) co_return each;
      if (each.state_at(wanted.created_at) != ApprovalState::kPending) continue;
      ++in_all;
      if (each.agent == wanted.agent) ++of_agent;
    }
    if (in_all >= bounds.in_all) co_return too_many_questions();
    if (of_agent >= bounds.of_agent) co_return too_many_questions_of_agent();
    if (approvals.contains(wanted.id)) co_return not_new("approval");
    approvals.emplace(wanted.id, wanted);
    co_return wanted;
  }

  net::Task<Result<ApprovalSettled>> settle(ApprovalId id, ApprovalChange change) override {
    if (failure) co_return std::unexpected(*failure);
    const auto found = approvals.find(id);
    if (found == approvals.end()) co_return no_approval(id);
    Approval& approval = found->second;
    const bool is_use = change.to == ApprovalState::kUsed;
    const ApprovalState before = is_use ? ApprovalState::kApproved : ApprovalState::kPending;
    if (approval.state_at(change.at) != before) co_return ApprovalSettled(approval, false);
    approval.state = change.to;
    if (change.expires_at) approval.expires_at = *change.expires_at;
    if (!is_use) {
      approval.decided_by = change.by;
      approval.decided_as = change.as;
      approval.reason = change.reason;
      approval.decided_at = change.at;
    }
    co_return ApprovalSettled(approval, true);
  }

  net::Task<Result<std::vector<Approval>>> expire(TimePoint now, std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<Approval> over;
    for (auto& [id, each] : approvals) {
      const bool is_over = each.state_at(now) == ApprovalState::kExpired;
      if (!is_over || each.state == ApprovalState::kExpired || over.size() == limit) continue;
      each.state = ApprovalState::kExpired;
      over.push_back(each);
    }
    co_return over;
  }

  net::Task<Result<std::size_t>> forget_approvals(TimePoint when, std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::size_t forgotten = 0;
    for (auto at = approvals.begin(); at != approvals.end() && forgotten < limit;) {
      const bool is_old = at->second.expires_at < when;
      at = is_old ? approvals.erase(at) : std::next(at);
      if (is_old) ++forgotten;
    }
    co_return forgotten;
  }

  net::Task<Result<Approval>> find(ApprovalId id) override {
    if (failure) co_return std::unexpected(*failure);
    const auto found = approvals.find(id);
    if (found == approvals.end()) co_return no_approval(id);
    co_return found->second;
  }

  net::Task<Result<std::vector<Approval>>> list(ApprovalQuery query, std::optional<ApprovalId> after,
                                                std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<Approval> page;
    auto next = after ? approvals.upper_bound(*after) : approvals.begin();
    for (; next != approvals.end() && page.size() < limit; ++next) {
      if (is_wanted(query, next->second)) page.push_back(without_parameters(next->second));
    }
    co_return page;
  }

  std::map<ApprovalId, Approval> approvals;
  std::optional<Error> failure;

 private:
  static Approval without_parameters(Approval approval) {
    approval.parameters.clear();
    return approval;
  }
  static bool is_wanted(const ApprovalQuery& query, const Approval& approval) {
    if (query.state && approval.state_at(query.now) != *query.state) return false;
    return !query.groups || std::ranges::any_of(*query.groups, [&](const std::string& group) {
      return std::ranges::find(approval.from, group) != approval.from.end();
    });
  }
};

}  // namespace hubwarden::store

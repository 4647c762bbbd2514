#include "auth/approvals.h"

#include <boost/json/serialize.hpp>

#include "auth/approval_checks.h"
#include "auth/session_claims.h"
#include "base/check.h"
#include "base/later.h"
#include "wire/strict_json.h"

namespace hubwarden::auth {
namespace {

using store::Approval;
using store::ApprovalChange;
using store::ApprovalId;
using store::ApprovalSettled;
using store::ApprovalState;

constexpr Duration kStopPoll = std::chrono::milliseconds(20);
constexpr std::size_t kMaxClaimsDepth = 8;  // cuts have lists in lists

Error no_approval(ApprovalId id) {
  return Error(ErrorCode::kNotFound, "no approval " + to_text(id));
}

Approval question_of(ApprovalWish wish, ApprovalId id, TimePoint now) {
  HW_CHECK(wish.decision.consent);
  Approval question(id, std::move(wish.repository), wish.request);
  question.holder = wish.who->name();
  question.key = std::move(wish.key);
  question.agent = wish.who->session()->agent;
  question.session = boost::json::serialize(session_claims(*wish.who->session()));
  question.rule = std::move(wish.decision.rule);
  question.from = std::move(wish.decision.consent->from);
  question.operation = std::move(wish.operation);
  question.parameters = std::move(wish.parameters);
  question.ttl = wish.decision.consent->ttl;
  question.created_at = std::chrono::floor<std::chrono::microseconds>(now);
  question.expires_at = later(question.created_at, question.ttl);
  return question;
}

}  // namespace

std::optional<Session> session_of(const Approval& approval) {
  const auto claims = wire::parse_strict_json(approval.session, kMaxClaimsDepth);
  if (!claims || !claims->is_object()) return std::nullopt;
  return read_session_claims(claims->get_object());
}

void Approvals::tell(const Approval& changed, std::string_view request_id) const {
  if (parts_.observer != nullptr) parts_.observer->changed(changed, request_id);
}

net::Task<Result<Approval>> Approvals::ask(ApprovalWish wish) {
  if (wish.parameters.size() > kMaxParameters) {
    co_return fail(ErrorCode::kTooLarge, "a person is asked about at most 64 KiB of parameters");
  }
  const crypto::Digest request = wish.request;
  const std::string request_id = wish.request_id;
  const ApprovalId id(parts_.random.next());
  Approval question = question_of(std::move(wish), id, parts_.clock.now());
  const store::ApprovalBounds bounds(kMaxPendingOfAgent, kMaxPending);
  Result<Approval> asked = co_await parts_.records.ask(std::move(question), bounds);
  if (!asked) co_return asked;
  if (asked->id == id) tell(*asked, request_id);
  const Result<> may = may_go_on(*asked, request, parts_.clock.now());
  if (!may) co_return std::unexpected(may.error());
  co_return asked;
}

net::Task<Result<>> Approvals::use(const Approval& approval, const rules::Decision& decision,
                                   std::string_view request_id) {
  const Result<> counts = still_counts(approval, decision);
  if (!counts) co_return std::unexpected(counts.error());
  const TimePoint now = parts_.clock.now();
  ApprovalChange change(ApprovalState::kUsed, now);
  const Result<ApprovalSettled> settled = co_await parts_.records.settle(approval.id, std::move(change));
  if (!settled) co_return std::unexpected(settled.error());
  if (settled->is_done) {
    tell(settled->now, request_id);
    co_return Result<>();
  }
  const Result<> may = may_go_on(settled->now, approval.request, now);
  if (!may) co_return std::unexpected(may.error());
  co_return fail(ErrorCode::kConflict, "approval " + to_text(approval.id) +
                                           " was used already, and its answer is not known here; ask again "
                                           "with another Idempotency-Key");
}

net::Task<Result<Approval>> Approvals::decide(ApprovalId id, ApprovalAnswer answer,
                                              const Sessions& sessions) {
  const Result<Approval> found = co_await parts_.records.find(id);
  if (!found) co_return std::unexpected(found.error());
  if (!may_see(answer.by, *found)) co_return std::unexpected(no_approval(id));
  const TimePoint now = std::chrono::floor<std::chrono::microseconds>(parts_.clock.now());
  for (const Result<>& may : {may_decide(answer.by, *found), is_open(*found, now)}) {
    if (!may) co_return std::unexpected(may.error());
  }
  const ApprovalState to = answer.is_yes ? ApprovalState::kApproved : ApprovalState::kDenied;
  ApprovalChange change(to, now);
  Result<std::string> group = denying_group(answer.by, *found);
  if (answer.is_yes) group = consenting_group(answer.by, *found, sessions);
  if (!group) co_return std::unexpected(group.error());
  change.as = *std::move(group);
  if (answer.is_yes) change.expires_at = later(now, found->ttl);
  change.by = name_of(answer.by);
  change.reason = std::move(answer.reason);
  Result<ApprovalSettled> settled = co_await parts_.records.settle(id, std::move(change));
  if (!settled) co_return std::unexpected(settled.error());
  if (!settled->is_done) {
    const Result<> open = is_open(settled->now, now);
    if (!open) co_return std::unexpected(open.error());
    co_return fail(ErrorCode::kInternal, "approval " + to_text(id) + " was neither decided nor not");
  }
  tell(settled->now, answer.request_id);
  co_return std::move(settled->now);
}

net::Task<Result<Approval>> Approvals::get(ApprovalId id, ApprovalReader reader) {
  Result<Approval> found = co_await parts_.records.find(id);
  if (!found) co_return found;
  if (!may_see(reader, *found)) co_return std::unexpected(no_approval(id));
  co_return found;
}

net::Task<Result<ApprovalPage>> Approvals::list(ApprovalPageRequest page, std::optional<ApprovalState> state,
                                                ApprovalReader reader) {
  if (std::holds_alternative<SessionPtr>(reader)) {
    co_return fail(ErrorCode::kForbidden, "a session sees its own approvals alone, by their ids");
  }
  store::ApprovalQuery query(parts_.clock.now());
  query.state = state;
  if (const auto* const person = std::get_if<Person>(&reader)) query.groups = person->groups;
  Result<std::vector<Approval>> records =
      co_await parts_.records.list(std::move(query), page.after(), page.limit() + 1);
  if (!records) co_return std::unexpected(records.error());
  co_return ApprovalPage(*std::move(records), page.limit());
}

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> Approvals::tend() {
  running_.fetch_add(1);
  return tend_until_stopped();
}

net::Task<> Approvals::tend_until_stopped() {
  for (;;) {
    const SteadyPoint next = later(parts_.clock.steady_now(), kTendEvery);
    const bool stopping = co_await stopping_.wait_until(parts_.timers, next);
    if (stopping) break;
    Result<> done = co_await note_expired();
    if (done) done = co_await forget();
    if (done) continue;
    parts_.log.warning("approval.records_failed", {{"error", to_string(done.error().code())},
                                                   {"message", std::string_view(done.error().message())}});
  }
  running_.fetch_sub(1);
}

net::Task<> Approvals::stop() {
  stopping_.set();
  while (running_.load() > 0) {
    const SteadyPoint soon = later(parts_.clock.steady_now(), kStopPoll);
    co_await net::sleep_until(parts_.timers, soon);
  }
}

net::Task<Result<>> Approvals::note_expired() {
  for (;;) {
    const Result<std::vector<Approval>> over = co_await parts_.records.expire(parts_.clock.now(), kBatch);
    if (!over) co_return std::unexpected(over.error());
    for (const Approval& each : *over) tell(each, "");
    if (over->size() < kBatch) co_return Result<>();
  }
}

net::Task<Result<>> Approvals::forget() {
  const TimePoint when = parts_.clock.now() - std::chrono::duration_cast<TimePoint::duration>(kKeptAfterEnd);
  for (;;) {
    const Result<std::size_t> forgotten = co_await parts_.records.forget_approvals(when, kBatch);
    if (!forgotten) co_return std::unexpected(forgotten.error());
    if (*forgotten < kBatch) co_return Result<>();
  }
}

}  // namespace hubwarden::auth

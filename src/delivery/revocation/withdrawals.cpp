#include "delivery/revocation/withdrawals.h"

#include <exception>
#include <string>
#include <utility>

#include "base/later.h"
#include "base/time_text.h"
#include "store/revocation.h"

namespace hubwarden::delivery {
namespace {

constexpr Duration kStopPoll = std::chrono::milliseconds(20);

std::string line_of(const tokens::LeftOver& each) {
  const std::string until = each.until == TimePoint::max() ? "for ever" : "until " + rfc3339(each.until);
  return each.fingerprint + " " + until + ": " + each.why;
}

}  // namespace

Withdrawals::Withdrawals(Parts parts, store::ReplicaId replica, NextLoop next_loop)
    : parts_(parts),
      replica_(replica),
      next_loop_(std::move(next_loop)),
      holders_(parts.holdings),
      tokens_(parts.metrics.counters("hubwarden_withdrawn_tokens_total",
                                     "Tokens that a revocation has taken back, or could not",
                                     {{"outcome", {"revoked", "left_over"}}})) {
}

void Withdrawals::begin(TakeBack take_back) {
  *take_back_.lock() = std::make_shared<const TakeBack>(std::move(take_back));
}

void Withdrawals::carry_out(const store::Revocation& revocation) {
  if (is_stopping_.load() || !*take_back_.lock()) return;
  const auto done = std::make_shared<net::Event>();
  const bool is_new = under_way_.lock()->emplace(revocation.id, done).second;
  if (!is_new) return;
  net::spawn(next_loop_(), see_through(revocation, done), [](std::exception_ptr) {});
}

net::Task<> Withdrawals::see_through(store::Revocation revocation, EventPtr done) {
  const store::RevocationId id = revocation.id;
  try {
    co_await withdraw(std::move(revocation));
  } catch (const std::exception&) {
    // Third-party code threw: the revocation is in effect all the same, and no outcome says more than that.
    parts_.log.error("revocation.withdrawal_ended", {});
  }
  under_way_.lock()->erase(id);
  done->set();
}

net::Task<> Withdrawals::withdraw(store::Revocation revocation) {
  const std::shared_ptr<const TakeBack> take_back = *take_back_.lock();
  std::vector<tokens::HeldToken> held = holders_.of(revocation);
  const tokens::Withdrawn withdrawn = co_await (*take_back)(revocation, std::move(held));
  tell(revocation, withdrawn);
  store::RevocationOutcome outcome(revocation.id, replica_, parts_.clock.now());
  outcome.revoked = withdrawn.revoked;
  for (const tokens::LeftOver& each : withdrawn.left_over) {
    if (outcome.left_over.size() == kMostTold) {
      outcome.left_over.push_back("and " + std::to_string(withdrawn.left_over.size() - kMostTold) + " more");
      break;
    }
    outcome.left_over.push_back(line_of(each));
  }
  const Result<> noted = co_await parts_.records.note_outcome(std::move(outcome));
  if (!noted) {
    parts_.log.warning("revocation.outcome_not_noted", {{"error", to_string(noted.error().code())}});
  }
}

void Withdrawals::tell(const store::Revocation& revocation, const tokens::Withdrawn& withdrawn) const {
  const std::string id = store::to_text(revocation.id);
  enum class Outcome { kRevoked, kLeftOver };
  tokens_.at(Outcome::kRevoked).add(withdrawn.revoked);
  tokens_.at(Outcome::kLeftOver).add(withdrawn.left_over.size());
  const auto severity = withdrawn.left_over.empty() ? obs::Severity::kInfo : obs::Severity::kWarning;
  parts_.log.event(severity, "revocation.carried_out",
                   {{"revocation", std::string_view(id)},
                    {"kind", to_string(revocation.kind)},
                    {"subject", std::string_view(revocation.subject)},
                    {"tokens_revoked", withdrawn.revoked},
                    {"left_over", withdrawn.left_over.size()}});
  ledger::Event event(ledger::EventKind::kRevocation, parts_.clock.now(),
                      ledger::Actor(ledger::ActorKind::kHubwarden));
  event.about = "revocation " + id + ": " + std::to_string(withdrawn.revoked) + " tokens taken back, " +
                std::to_string(withdrawn.left_over.size()) + " left over";
  parts_.ledger.record(std::move(event));
}

net::Task<> Withdrawals::wait_for(store::RevocationId id, SteadyPoint deadline) {
  EventPtr done;
  {
    auto under_way = under_way_.lock();
    const auto found = under_way->find(id);
    if (found != under_way->end()) done = found->second;
  }
  if (!done) co_return;
  [[maybe_unused]] const bool in_time = co_await done->wait_until(parts_.timers, deadline);
}

net::Task<> Withdrawals::stop() {
  is_stopping_.store(true);
  while (!under_way_.lock()->empty()) {
    co_await net::sleep_until(parts_.timers, later(parts_.clock.steady_now(), kStopPoll));
  }
}

}  // namespace hubwarden::delivery

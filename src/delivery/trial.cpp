#include "delivery/trial.h"

#include <utility>
#include <variant>

#include "base/time_text.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

using catalogue::Named;
using ledger::Event;
using ledger::EventKind;
using rules::Decision;
using rules::Difference;
using rules::SessionGift;

// What the present one says with it, and what this one lacks or does otherwise.
std::string why(const Decision& present, const Decision& trial) {
  if (trial.verdict == rules::Verdict::kRefuse) return std::string(to_string(trial.missing));
  if (present.verdict != trial.verdict) return std::string(to_string(trial.verdict));
  const std::string life = trial.ttl ? " for " + duration_text(*trial.ttl) : "";
  return (trial.token ? trial.token->text() : "all permissions") + life;
}

std::string why(const Result<SessionGift>& trial) {
  if (!trial) return trial.error().message();
  const std::string tenant = trial->tenant.empty() ? "" : " of " + trial->tenant;
  return trial->agent + tenant + " for " + duration_text(trial->ttl);
}

Result<SessionGift> gift_of(const Result<auth::Session>& session) {
  if (!session) return std::unexpected(session.error());
  SessionGift gift;
  gift.agent = session->agent;
  gift.tenant = session->tenant;
  gift.ttl = session->expires_at - session->issued_at;
  return gift;
}

}  // namespace

// One difference.
struct Trial::Found {
  Found(const http::Request& request_, Difference difference_, Event event_)
      : request(request_), difference(difference_), event(std::move(event_)) {}

  const http::Request& request;
  Difference difference;
  Event event;             // with the present rule
  std::string trial_rule;  // empty: none
  std::string why;
  std::string_view asked;  // for the log
};

Trial::Trial(Parts parts, std::shared_ptr<const rules::RuleBook> rules)
    : parts_(parts),
      rules_(std::move(rules)),
      compared_(parts.metrics.counters(
          "hubwarden_policy_trial_total", "What sessions asked for, by what the policy on trial says instead",
          {{"about", {"operation", "token", "session"}},
           {"difference", {"none", "would_allow", "would_ask", "would_refuse", "would_differ"}}})) {
}

void Trial::hear(const http::Request& request, const auth::Principal& who, const rules::Grant& grant,
                 const rules::Ask& ask, const Decision& present) {
  if (grant.is_of_operator()) return;
  const Decision trial = grant.under(rules_).decide(ask);
  const Difference difference = rules::difference(present, trial);
  const Named* const named = std::get_if<Named>(&ask.wanted);
  compared_.at(named != nullptr ? About::kOperation : About::kToken, difference).add();
  if (difference == Difference::kNone) return;
  Found found(request, difference, parts_.recorder.event(EventKind::kPolicyTrial, who, request));
  found.event.rule = present.rule;
  if (ask.repositories.size() == 1) found.event.repository = ask.repositories.front();
  if (named != nullptr) found.event.operation = named->name();
  const auto* const permissions = std::get_if<policy::PermissionSet>(&ask.wanted);
  if (permissions != nullptr) found.event.permissions = *permissions;
  found.trial_rule = trial.rule;
  found.why = why(present, trial);
  found.asked = named != nullptr ? named->name() : "token";
  tell(std::move(found));
}

void Trial::hear(const http::Request& request, const rules::Caller& caller,
                 const Result<auth::Session>& present) {
  // The rest is not the policy's: a JWT that was used before, say.
  if (!present && present.error().code() != ErrorCode::kForbidden) return;
  const Result<SessionGift> trial = rules::session_of(rules::Grant::of(rules_, caller));
  const Difference difference = rules::difference(gift_of(present), trial);
  compared_.at(About::kSession, difference).add();
  if (difference == Difference::kNone) return;
  const std::string* const subject = caller.attributes.single("subject");
  ledger::Actor actor(ledger::ActorKind::kWorkload, subject != nullptr ? *subject : "");
  Found found(request, difference, Event(EventKind::kPolicyTrial, parts_.clock.now(), std::move(actor)));
  found.event.request_id = request.id();
  if (present) {
    found.event.session = present->id.value();
    found.event.agent = present->agent;
  }
  found.why = why(trial);
  found.asked = "session";
  tell(std::move(found));
}

void Trial::tell(Found found) {
  Event& event = found.event;
  const std::string repository = event.repository ? event.repository->shown() : "";
  if (is_time_for_a_line(found)) {
    parts_.log.warning("policy.trial_differs", {{"difference", to_string(found.difference)},
                                                {"agent", std::string_view(event.agent)},
                                                {"asked", found.asked},
                                                {"rule", std::string_view(event.rule)},
                                                {"repository", std::string_view(repository)},
                                                {"trial_rule", std::string_view(found.trial_rule)},
                                                {"why", std::string_view(found.why)},
                                                obs::request_id(found.request.id()),
                                                http::trace_id(http::trace_of(found.request))});
  }
  event.about = std::string(to_string(found.difference)) + ": " + found.why;
  if (!found.trial_rule.empty()) event.about += ", rule " + found.trial_rule;
  parts_.recorder.record(std::move(event));
}

bool Trial::is_time_for_a_line(const Found& found) {
  // None of them holds a line's end.
  std::string alike = found.event.agent + "\n" + found.event.rule + "\n" + std::string(found.asked) + "\n" +
                      std::string(to_string(found.difference));
  const SteadyPoint now = parts_.clock.steady_now();
  auto told = told_.lock();
  const std::optional<SteadyPoint> before = told->get(alike);
  if (before && now < *before + kLineEvery) return false;
  told->put(std::move(alike), now);
  return true;
}

}  // namespace hubwarden::delivery

#include "webhooks/intake.h"

#include <map>
#include <utility>

namespace hubwarden::webhooks {
namespace {

using github::InstallationChange;
using github::RepositoryChange;
using github::Webhook;
using github::WebhookEvent;
using tokens::AppRef;
using tokens::Touched;

std::string_view name_of(WebhookEvent event) {
  switch (event) {
    case WebhookEvent::kInstallation: return "installation";
    case WebhookEvent::kInstallationRepositories: return "installation_repositories";
    case WebhookEvent::kInstallationTarget: return "installation_target";
    case WebhookEvent::kRepository: return "repository";
    case WebhookEvent::kOther: break;
  }
  return "other";
}

std::string_view name_of(Source source) {
  return source == Source::kPoll ? "poll" : "webhook";
}

std::uint64_t installation_in(const Webhook& webhook) {
  const auto* const change = std::get_if<InstallationChange>(&webhook.change);
  return change ? change->installation.value() : 0;
}

std::string repository_in(const Webhook& webhook) {
  const auto* const change = std::get_if<RepositoryChange>(&webhook.change);
  return change ? change->names.front().shown() : "";
}

Touched touched_by(const InstallationChange& change, std::vector<AppRef> apps) {
  if (change.what == InstallationChange::What::kGrants) {
    return Touched::grants(std::move(apps), change.installation);
  }
  return Touched::installation(std::move(apps), change.installation, change.owners);
}

}  // namespace

// What is to be forgotten at one host.
struct Intake::Plan {
  Plan(std::string host_, Touched touched_) : host(std::move(host_)), touched(std::move(touched_)) {}
  std::string host;
  Touched touched;
};

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHandled: return "handled";
    case Outcome::kIgnored: return "ignored";
    case Outcome::kDuplicate: return "duplicate";
    case Outcome::kMalformed: return "malformed";
    case Outcome::kRefused: break;
  }
  return "refused";
}

Intake::Intake(tokens::TokenService& service, obs::Log& log, obs::Metrics& metrics, Tell tell)
    : service_(service),
      tell_others_(std::move(tell)),
      log_(log),
      outcomes_(metrics.counters(
          "hubwarden_webhooks_total", "GitHub's webhooks by event and what became of them",
          {{"event",
            {"installation", "installation_repositories", "installation_target", "repository", "other"}},
           {"outcome", {"handled", "ignored", "duplicate", "malformed", "refused"}}})),
      forgotten_(metrics.counters("hubwarden_webhook_forgotten_total",
                                  "Entries that were forgotten because GitHub said so",
                                  {{"what", {"token", "failure", "mapping"}}})) {
}

net::Task<Outcome> Intake::take(Delivery delivery, Webhook webhook) {
  tokens::Forgotten forgotten;
  if (has_seen(delivery)) {
    tell(delivery, webhook, Outcome::kDuplicate, forgotten);
    co_return Outcome::kDuplicate;
  }
  std::vector<Plan> plans = plans_for(delivery, webhook);
  const Outcome outcome = plans.empty() ? Outcome::kIgnored : Outcome::kHandled;
  for (Plan& plan : plans) {
    tell_others_(plan.host, plan.touched);
    const tokens::Forgotten here = co_await service_.forget(std::move(plan.host), std::move(plan.touched));
    forgotten += here;
  }
  // Last: a delivery that was broken off is taken again. Twice at one moment does no harm.
  if (outcome == Outcome::kHandled) note(delivery);
  tell(delivery, webhook, outcome, forgotten);
  co_return outcome;
}

// An installation belongs to one App. A repository is the same for all Apps of its host.
std::vector<Intake::Plan> Intake::plans_for(const Delivery& delivery, const Webhook& webhook) const {
  Addressee addressee = delivery.addressee;
  if (!addressee.app_id) addressee.app_id = webhook.app_id;
  if (!addressee.client_id) addressee.client_id = webhook.client_id;
  std::map<std::string, std::vector<AppRef>> by_host;
  for (const AppRef& app : candidates(service_.apps(), addressee)) by_host[app.host()].push_back(app);

  std::vector<Plan> plans;
  for (auto& [host, apps] : by_host) {
    if (const auto* const change = std::get_if<InstallationChange>(&webhook.change)) {
      plans.emplace_back(host, touched_by(*change, std::move(apps)));
    } else if (const auto* const moved = std::get_if<RepositoryChange>(&webhook.change)) {
      plans.emplace_back(host, Touched::repository(moved->repository, moved->names));
    }
  }
  return plans;
}

// Two Apps that both get an event get it under one GUID.
std::string Intake::key_of(const Delivery& delivery) {
  const Addressee& to = delivery.addressee;
  const std::string app = to.app_id ? std::to_string(*to.app_id) : to.client_id.value_or("");
  return delivery.id + "|" + app;
}

bool Intake::has_seen(const Delivery& delivery) {
  return seen_.lock()->get(key_of(delivery)).has_value();
}

void Intake::note(const Delivery& delivery) {
  seen_.lock()->put(key_of(delivery), true);
}

void Intake::turn_away(const Delivery& delivery, WebhookEvent event, Outcome outcome,
                       std::string_view reason) {
  outcomes_.at(event, outcome).add();
  log_.warning("github.webhook_turned_away", {{"event", name_of(event)},
                                              {"delivery", std::string_view(delivery.id)},
                                              {"source", name_of(delivery.source)},
                                              {"outcome", to_string(outcome)},
                                              {"reason", reason},
                                              obs::request_id(delivery.request_id),
                                              http::trace_id(delivery.trace)});
}

void Intake::tell(const Delivery& delivery, const Webhook& webhook, Outcome outcome,
                  const tokens::Forgotten& forgotten) {
  outcomes_.at(webhook.event, outcome).add();
  enum { kToken, kFailure, kMapping };
  forgotten_.at(kToken).add(forgotten.tokens);
  forgotten_.at(kFailure).add(forgotten.failures);
  forgotten_.at(kMapping).add(forgotten.mappings);
  const std::string repository = repository_in(webhook);
  // What does not concern us may come by the thousand.
  const auto severity = outcome == Outcome::kHandled ? obs::Severity::kInfo : obs::Severity::kDebug;
  log_.event(severity, "github.webhook",
             {{"event", name_of(webhook.event)},
              {"action", std::string_view(webhook.action)},
              {"delivery", std::string_view(delivery.id)},
              {"source", name_of(delivery.source)},
              {"outcome", to_string(outcome)},
              {"installation", installation_in(webhook)},
              {"repository", std::string_view(repository)},
              {"tokens_forgotten", forgotten.tokens},
              {"failures_forgotten", forgotten.failures},
              {"mappings_forgotten", forgotten.mappings},
              obs::request_id(delivery.request_id),
              http::trace_id(delivery.trace)});
}

}  // namespace hubwarden::webhooks

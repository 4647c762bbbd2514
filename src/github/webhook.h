#pragma once

// What GitHub tells by webhook, read into what of it concerns hubwarden. Pure; any thread. The signature has
// been checked before. Sources: docs/github-facts.md, §7; GitHub's "Webhook events and payloads".
//
//   if (!concerns_us(event)) …                             // its payload need not even be read
//   Result<Webhook> webhook = read_webhook("installation", body);
//   if (const auto* change = std::get_if<InstallationChange>(&webhook->change)) …

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "policy/names.h"

namespace hubwarden::github {

// The events whose payloads are read; everything else is one kind.
enum class WebhookEvent {
  kInstallation,
  kInstallationRepositories,
  kInstallationTarget,
  kRepository,
  kOther
};

WebhookEvent webhook_event(std::string_view name);  // X-GitHub-Event
inline bool concerns_us(WebhookEvent event) {
  return event != WebhookEvent::kOther;
}

struct InstallationChange {
  enum class What {
    kAll,     // it appeared, went, was suspended or came back; its repositories or its owner's name changed
    kGrants,  // new permissions were accepted
  };

  InstallationChange(What what_, InstallationId installation_) : what(what_), installation(installation_) {}

  What what;
  InstallationId installation;
  std::vector<policy::Owner> owners;  // the account that it is on, by its present and its former name
};

struct RepositoryChange {
  explicit RepositoryChange(RepositoryId repository_) : repository(repository_) {}

  RepositoryId repository;
  std::vector<policy::Repository> names;  // present and former
};

// An action that changes nothing hubwarden knows of.
struct NoChange {};

struct Webhook {
  Webhook() = default;

  WebhookEvent event = WebhookEvent::kOther;
  std::string action;  // fit to be logged
  std::variant<NoChange, InstallationChange, RepositoryChange> change;
  // Of the App to which it was sent, where the payload tells.
  std::optional<std::uint64_t> app_id;
  std::optional<std::string> client_id;
};

// `invalid_request` for a payload of `event` that is not what GitHub promises. The length is bounded by
// whoever read it.
Result<Webhook> read_webhook(WebhookEvent event, std::string_view payload);

}  // namespace hubwarden::github

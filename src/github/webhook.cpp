#include "github/webhook.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "github/json.h"
#include "github/webhook_payload.h"

namespace hubwarden::github {
namespace {

using boost::json::object;
using What = InstallationChange::What;

constexpr std::size_t kMaxAction = 60;

std::unexpected<Error> lacks(std::string_view what) {
  return fail(ErrorCode::kInvalidRequest, "the payload has no usable " + std::string(what));
}

// An account by its login, or an enterprise by its slug. A name that cannot be one is nobody's.
void add_owner(std::vector<policy::Owner>& owners, std::optional<std::string_view> name) {
  const Result<policy::Owner> owner = policy::Owner::parse(name.value_or(""));
  if (owner) owners.push_back(*owner);
}

void add_account(std::vector<policy::Owner>& owners, const object* account) {
  if (account == nullptr) return;
  const auto login = json::text_at(*account, "login");
  add_owner(owners, login ? login : json::text_at(*account, "slug"));
}

// The text in changes.<what>.from.
std::optional<std::string_view> former(const object* changes, std::string_view what) {
  const object* const change = changes ? json::object_at(*changes, what) : nullptr;
  return change ? json::text_at(*change, "from") : std::nullopt;
}

std::optional<What> change_of_installation(WebhookEvent event, std::string_view action) {
  if (event == WebhookEvent::kInstallationRepositories) return What::kAll;
  if (event == WebhookEvent::kInstallationTarget) {
    return action == "renamed" ? std::optional(What::kAll) : std::nullopt;
  }
  if (action == "new_permissions_accepted") return What::kGrants;
  constexpr std::array<std::string_view, 4> kAll = {"created", "deleted", "suspend", "unsuspend"};
  return std::ranges::find(kAll, action) != kAll.end() ? std::optional(What::kAll) : std::nullopt;
}

Result<> read_installation_change(const object& payload, Webhook& webhook) {
  const auto what = change_of_installation(webhook.event, webhook.action);
  if (!what) return {};
  const object* const installation = json::object_at(payload, "installation");
  const auto id = installation ? json::id_at(*installation, "id") : std::nullopt;
  if (!id) return lacks("installation.id");
  InstallationChange change(*what, InstallationId(*id));
  add_account(change.owners, json::object_at(*installation, "account"));
  // installation_target: the account stands beside the installation, its former name among the changes.
  add_account(change.owners, json::object_at(payload, "account"));
  const object* const changes = json::object_at(payload, "changes");
  for (const std::string_view name : {"login", "slug"}) {
    if (const auto before = former(changes, name)) add_owner(change.owners, before);
  }
  webhook.change = std::move(change);
  return {};
}

bool changes_repository(std::string_view action) {
  constexpr std::array<std::string_view, 6> kChanging = {"created",    "deleted",    "renamed",
                                                         "privatized", "publicized", "transferred"};
  return std::ranges::find(kChanging, action) != kChanging.end();
}

// The owner that a transferred repository had, or nothing.
std::optional<std::string_view> former_owner(const object* changes) {
  const object* const owner = changes ? json::object_at(*changes, "owner") : nullptr;
  const object* const from = owner ? json::object_at(*owner, "from") : nullptr;
  if (from == nullptr) return std::nullopt;
  const object* account = json::object_at(*from, "user");
  if (account == nullptr) account = json::object_at(*from, "organization");
  return account ? json::text_at(*account, "login") : std::nullopt;
}

std::optional<std::string_view> former_name(const object* changes) {
  const object* const repository = changes ? json::object_at(*changes, "repository") : nullptr;
  return former(repository, "name");
}

Result<> read_repository_change(const object& payload, Webhook& webhook) {
  if (!changes_repository(webhook.action)) return {};
  const object* const repository = json::object_at(payload, "repository");
  const auto id = repository ? json::id_at(*repository, "id") : std::nullopt;
  if (!id) return lacks("repository.id");
  const Result<policy::Repository> present =
      policy::Repository::parse(json::text_at(*repository, "full_name").value_or(""));
  if (!present) return lacks("repository.full_name");

  RepositoryChange change{RepositoryId(*id)};
  change.names.push_back(*present);
  const object* const changes = json::object_at(payload, "changes");
  const std::string owner(former_owner(changes).value_or(present->owner().shown()));
  const std::string name(former_name(changes).value_or(present->name()));
  const Result<policy::Repository> before = policy::Repository::parse(owner + "/" + name);
  if (!before) return lacks("former name");
  if (*before != *present) change.names.push_back(*before);
  webhook.change = std::move(change);
  return {};
}

}  // namespace

WebhookEvent webhook_event(std::string_view name) {
  if (name == "installation") return WebhookEvent::kInstallation;
  if (name == "installation_repositories") return WebhookEvent::kInstallationRepositories;
  if (name == "installation_target") return WebhookEvent::kInstallationTarget;
  if (name == "repository") return WebhookEvent::kRepository;
  return WebhookEvent::kOther;
}

Result<Webhook> read_webhook(WebhookEvent event, std::string_view payload) {
  if (!concerns_us(event)) return Webhook();
  const Result<boost::json::value> document = json::parse(payload);
  const object* const root = document ? json::object_in(*document) : nullptr;
  if (root == nullptr) return fail(ErrorCode::kInvalidRequest, "the payload is not one JSON object");
  return read_webhook(event, *root);
}

Result<Webhook> read_webhook(WebhookEvent event, const object& payload) {
  if (!concerns_us(event)) return Webhook();
  Webhook webhook;
  webhook.event = event;
  const auto action = json::text_at(payload, "action");
  if (!action) return lacks("action");
  webhook.action = printable(*action, kMaxAction);
  if (const object* const installation = json::object_at(payload, "installation")) {
    webhook.app_id = json::id_at(*installation, "app_id");
    const auto client = json::text_at(*installation, "client_id");
    if (client) webhook.client_id = std::string(*client);
  }
  const Result<> read = event == WebhookEvent::kRepository ? read_repository_change(payload, webhook)
                                                           : read_installation_change(payload, webhook);
  if (!read) return std::unexpected(read.error());
  return webhook;
}

}  // namespace hubwarden::github

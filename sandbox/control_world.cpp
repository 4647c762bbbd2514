#include <boost/json/array.hpp>

#include "base/text.h"
#include "sandbox/control_routes.h"
#include "sandbox/json_reader.h"
#include "sandbox/key_files.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kAccountTypes[] = {"Organization", "User"};
constexpr std::string_view kSelections[] = {"all", "selected"};

std::unexpected<Error> missing(std::string_view what) {
  return fail(ErrorCode::kNotFound, "no such " + std::string(what));
}

template <class Number>
std::optional<Number> numbered(const ControlContext& context) {
  const auto number = parse_number<std::uint64_t>(context.parameters.front());
  return number ? std::optional(Number(*number)) : std::nullopt;
}

Result<AccountId> account_named(ControlContext& context, std::string_view login) {
  const Account* account = context.world().account(login);
  if (!account) return missing("account: " + printable(login, 80));
  return account->id;
}

Result<std::set<RepositoryId>> repositories_named(ControlContext& context, AccountId owner,
                                                  const std::vector<std::string>& names) {
  std::set<RepositoryId> chosen;
  const std::string& login = context.world().account(owner)->login;
  for (const std::string& name : names) {
    const Repository* repository = context.world().repository(login, name);
    if (!repository) return missing("repository: " + login + "/" + printable(name, 100));
    chosen.insert(repository->id);
  }
  return chosen;
}

json::object show(const World& world, const Repository& repository) {
  return {{"id", repository.id.value()},
          {"full_name", world.full_name(repository)},
          {"private", repository.is_private},
          {"archived", repository.is_archived},
          {"default_branch", repository.default_branch}};
}

json::object show(const World& world, const Installation& installation) {
  json::array selected;
  for (const RepositoryId id : installation.selected)
    selected.emplace_back(world.full_name(*world.repository(id)));
  return {{"id", installation.id.value()},
          {"app_id", installation.app.value()},
          {"account", world.account(installation.account)->login},
          {"repository_selection", installation.all_repositories ? "all" : "selected"},
          {"repositories", std::move(selected)},
          {"permissions", render(installation.permissions)},
          {"suspended", installation.suspended_at.has_value()}};
}

json::object show(const World& world, const App& app) {
  json::array keys;
  for (const PublicKey& key : app.keys) keys.emplace_back(key.fingerprint());
  return {{"id", app.id.value()},
          {"client_id", app.client_id},
          {"slug", app.slug},
          {"owner", world.account(app.owner)->login},
          {"permissions", render(app.permissions)},
          {"keys", std::move(keys)}};
}

template <class Map>
json::array show_all(const World& world, const Map& things) {
  json::array list;
  for (const auto& [id, thing] : things) list.push_back(show(world, thing));
  return list;
}

Result<KeyPair> given_or_new_key(JsonReader& body) {
  const std::string pem = body.text("private_key", "");
  return pem.empty() ? KeyPair::generate() : KeyPair::from_private_pem(pem);
}

}  // namespace

Result<RepositoryId> named_repository(ControlContext& context) {
  const auto& parts = context.parameters;
  const auto id = parts.size() == 1 ? numbered<RepositoryId>(context) : std::nullopt;
  const Repository* found = parts.size() == 2 ? context.world().repository(parts[0], parts[1])
                            : id              ? context.world().repository(*id)
                                              : nullptr;
  if (!found) return missing("repository");
  return found->id;
}

ControlAnswer show_state(ControlContext& context) {
  const World& world = context.world();
  json::array accounts;
  for (const auto& [id, account] : world.accounts()) {
    accounts.push_back(json::object{{"id", id.value()},
                                    {"login", account.login},
                                    {"type", account.is_organization ? "Organization" : "User"}});
  }
  return json::object{{"api_url", context.github.state().urls.api},
                      {"web_url", context.github.state().urls.web},
                      {"accounts", std::move(accounts)},
                      {"apps", show_all(world, world.apps())},
                      {"installations", show_all(world, world.installations())},
                      {"repositories", show_all(world, world.repositories())}};
}

ControlAnswer create_account(ControlContext& context) {
  JsonReader body(context.body);
  const std::string login = body.text("login");
  const bool is_organization = body.choice("type", kAccountTypes, 0) == 0;
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  const auto id = context.world().add_account(login, is_organization);
  if (!id) return std::unexpected(id.error());
  return json::object{{"id", id->value()}, {"login", login}};
}

ControlAnswer create_app(ControlContext& context) {
  JsonReader body(context.body);
  const std::string slug = body.text("slug");
  const auto owner = account_named(context, body.text("owner"));
  auto permissions = body.permissions("permissions");
  auto events = body.texts("events");
  const auto key = given_or_new_key(body);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!owner) return std::unexpected(owner.error());
  if (!key) return std::unexpected(key.error());
  NewApp wanted{*owner, slug, std::move(permissions).value_or(Permissions()), std::move(events),
                key->public_key()};
  const auto id = context.world().add_app(std::move(wanted), context.github.clock().now());
  if (!id) return std::unexpected(id.error());
  const auto file = write_key_file(context.key_directory, *id, *key);
  if (!file) return std::unexpected(file.error());
  json::object answer = show(context.world(), *context.world().app(*id));
  answer["private_key"] = key->private_pem().reveal();
  answer["private_key_file"] = *file;
  return answer;
}

ControlAnswer delete_app(ControlContext& context) {
  const auto id = numbered<AppId>(context);
  if (!id) return missing("App");
  if (const Result<> done = context.world().remove_app(*id); !done) return std::unexpected(done.error());
  return json::object();
}

ControlAnswer create_key(ControlContext& context) {
  JsonReader body(context.body);
  const auto id = numbered<AppId>(context);
  const auto key = given_or_new_key(body);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!key) return std::unexpected(key.error());
  if (!id) return missing("App");
  if (const Result<> done = context.world().add_key(*id, key->public_key()); !done) {
    return std::unexpected(done.error());
  }
  const auto file = write_key_file(context.key_directory, *id, *key);
  if (!file) return std::unexpected(file.error());
  return json::object{{"fingerprint", key->public_key().fingerprint()},
                      {"private_key", key->private_pem().reveal()},
                      {"private_key_file", *file}};
}

ControlAnswer delete_key(ControlContext& context) {
  const auto id = numbered<AppId>(context);
  if (!id) return missing("App");
  const Result<> done = context.world().remove_key(*id, context.parameters.back());
  if (!done) return std::unexpected(done.error());
  return json::object();
}

ControlAnswer create_installation(ControlContext& context) {
  JsonReader body(context.body);
  const AppId app(body.number("app_id"));
  const auto account = account_named(context, body.text("account"));
  const auto names = body.texts("repositories");
  const bool all = body.choice("repository_selection", kSelections, names.empty() ? 0 : 1) == 0;
  auto permissions = body.permissions("permissions");
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!account) return std::unexpected(account.error());
  auto selected = repositories_named(context, *account, names);
  if (!selected) return std::unexpected(selected.error());
  NewInstallation wanted{app, *account, all, std::move(*selected), std::move(permissions)};
  const auto id = context.world().add_installation(std::move(wanted), context.github.clock().now());
  if (!id) return std::unexpected(id.error());
  return show(context.world(), *context.world().installation(*id));
}

ControlAnswer change_installation(ControlContext& context) {
  const auto id = numbered<InstallationId>(context);
  Installation* installation = id ? context.world().installation(*id) : nullptr;
  if (!installation) return missing("installation");
  JsonReader body(context.body);
  const auto names = body.texts("repositories");
  const std::size_t before = installation->all_repositories ? 0 : 1;
  const bool all =
      body.choice("repository_selection", kSelections, body.has("repositories") ? 1 : before) == 0;
  const auto permissions = body.permissions("permissions");
  const bool suspended = body.boolean("suspended", installation->suspended_at.has_value());
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());

  const TimePoint now = context.github.clock().now();
  if (body.has("repositories") || body.has("repository_selection")) {
    auto selected = repositories_named(context, installation->account, names);
    if (!selected) return std::unexpected(selected.error());
    const Result<> done = context.world().select_repositories(*id, all, std::move(*selected), now);
    if (!done) return std::unexpected(done.error());
  }
  if (permissions) installation->permissions = *permissions;
  if (suspended != installation->suspended_at.has_value()) {
    installation->suspended_at = suspended ? std::optional(now) : std::nullopt;
  }
  return show(context.world(), *installation);
}

ControlAnswer remove_installation(ControlContext& context) {
  const auto id = numbered<InstallationId>(context);
  if (!id) return missing("installation");
  if (const Result<> done = context.world().remove_installation(*id); !done)
    return std::unexpected(done.error());
  return json::object();
}

ControlAnswer create_repository(ControlContext& context) {
  JsonReader body(context.body);
  const auto owner = account_named(context, body.text("owner"));
  const std::string name = body.text("name");
  const bool is_private = body.boolean("private", true);
  const auto files = body.text_map("files");
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!owner) return std::unexpected(owner.error());
  const auto id = context.world().add_repository(*owner, name, is_private, context.github.clock().now());
  if (!id) return std::unexpected(id.error());
  for (const auto& [path, content] : files) context.files.emplace_back(*id, path, content);
  return show(context.world(), *context.world().repository(*id));
}

ControlAnswer change_repository(ControlContext& context) {
  const auto id = named_repository(context);
  if (!id) return std::unexpected(id.error());
  Repository& repository = *context.world().repository(*id);
  JsonReader body(context.body);
  const std::string name = body.text("name", repository.name);
  const auto owner =
      account_named(context, body.text("owner", context.world().account(repository.owner)->login));
  const bool is_private = body.boolean("private", repository.is_private);
  const bool is_archived = body.boolean("archived", repository.is_archived);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!owner) return std::unexpected(owner.error());
  if (const Result<> done = context.world().move_repository(*id, *owner, name); !done) {
    return std::unexpected(done.error());
  }
  repository.is_private = is_private;
  repository.is_archived = is_archived;
  return show(context.world(), repository);
}

ControlAnswer remove_repository(ControlContext& context) {
  const auto id = named_repository(context);
  if (!id) return std::unexpected(id.error());
  if (const Result<> done = context.world().remove_repository(*id); !done)
    return std::unexpected(done.error());
  context.github.store().remove(*id);
  return json::object();
}

}  // namespace hubwarden::sandbox

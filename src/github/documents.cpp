#include "github/documents.h"

#include "base/text.h"
#include "base/time_text.h"
#include "github/json.h"

namespace hubwarden::github {
namespace {

constexpr std::size_t kMaxShown = 100;  // of a name that people will read

std::unexpected<Error> lacks(std::string_view what) {
  return fail(ErrorCode::kUpstreamProtocol, "GitHub's answer has no usable " + std::string(what));
}

std::string shown_at(const boost::json::object& object, std::string_view key) {
  return printable(json::text_at(object, key).value_or(""), kMaxShown);
}

policy::PermissionSet::Map known_permissions(const boost::json::object& object) {
  policy::PermissionSet::Map levels;
  const boost::json::object* permissions = json::object_at(object, "permissions");
  if (!permissions) return levels;
  for (const auto& [name, value] : *permissions) {
    const auto level = policy::parse_level(json::text_in(value).value_or(""));
    if (level) levels.emplace(printable(std::string_view(name.data(), name.size()), kMaxShown), *level);
  }
  return levels;
}

std::optional<policy::Owner> account_of(const boost::json::object& installation) {
  const boost::json::object* account = json::object_at(installation, "account");
  if (!account) return std::nullopt;
  // An enterprise's installation has a slug instead of a login.
  const auto login = json::text_at(*account, "login");
  const Result<policy::Owner> owner =
      policy::Owner::parse(login ? *login : json::text_at(*account, "slug").value_or(""));
  if (!owner) return std::nullopt;
  return *owner;
}

}  // namespace

Result<Installation> read_installation(std::string_view body) {
  const Result<boost::json::value> document = json::parse(body);
  if (!document) return std::unexpected(document.error());
  const boost::json::object* root = json::object_in(*document);
  const auto id = root ? json::id_at(*root, "id") : std::nullopt;
  if (!id) return lacks("installation id");
  const std::optional<policy::Owner> account = account_of(*root);
  if (!account) return lacks("account");

  Installation installation(InstallationId(*id), *account);
  installation.app_slug = shown_at(*root, "app_slug");
  installation.permissions = known_permissions(*root);
  if (json::text_at(*root, "repository_selection") == "all")
    installation.selection = RepositorySelection::kAll;
  if (const auto suspended = json::text_at(*root, "suspended_at")) {
    installation.suspended_at = parse_rfc3339(*suspended);
    if (!installation.suspended_at) return lacks("suspended_at");
  }
  return installation;
}

Result<RepositoryDocument> read_repository(std::string_view body) {
  const Result<boost::json::value> document = json::parse(body);
  if (!document) return std::unexpected(document.error());
  const boost::json::object* root = json::object_in(*document);
  const auto id = root ? json::id_at(*root, "id") : std::nullopt;
  if (!id) return lacks("repository id");
  Result<policy::Repository> name = policy::Repository::parse(json::text_at(*root, "full_name").value_or(""));
  if (!name) return lacks("full_name");
  return RepositoryDocument(RepositoryId(*id), std::move(*name));
}

Result<AppDocument> read_app(std::string_view body) {
  const Result<boost::json::value> document = json::parse(body);
  if (!document) return std::unexpected(document.error());
  const boost::json::object* root = json::object_in(*document);
  const auto id = root ? json::id_at(*root, "id") : std::nullopt;
  if (!id) return lacks("App id");
  AppDocument app(*id);
  app.slug = shown_at(*root, "slug");
  app.name = shown_at(*root, "name");
  app.permissions = known_permissions(*root);
  return app;
}

}  // namespace hubwarden::github

#include "sandbox/mint.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kNoRepository =
    "There is at least one repository that does not exist or is not accessible to the parent installation.";
constexpr std::string_view kNoPermission = "The permissions requested are not granted to this installation.";
constexpr std::string_view kNoLevel =
    "The level of access for permissions requested are not granted to this installation.";

std::unexpected<Refusal> refuse(int status, std::string_view message) {
  return std::unexpected(Refusal{status, std::string(message)});
}

std::unexpected<Refusal> refuse_form(std::string_view field, std::string_view expected) {
  return refuse(422, "Invalid request.\n\nFor 'properties/" + std::string(field) + "', value is not " +
                         std::string(expected) + ".");
}

std::expected<void, Refusal> read_names(const json::object& body, MintAsk& ask) {
  const json::value* names = body.if_contains("repositories");
  if (!names) return {};
  if (!names->is_array()) return refuse_form("repositories", "an array");
  for (const json::value& name : names->as_array()) {
    if (!name.is_string()) return refuse_form("repositories/items", "a string");
    ask.repositories.emplace_back(name.as_string());
  }
  return {};
}

std::expected<void, Refusal> read_ids(const json::object& body, MintAsk& ask) {
  const json::value* ids = body.if_contains("repository_ids");
  if (!ids) return {};
  if (!ids->is_array()) return refuse_form("repository_ids", "an array");
  for (const json::value& id : ids->as_array()) {
    if (!id.is_int64()) return refuse_form("repository_ids/items", "an integer");
    ask.repository_ids.push_back(id.as_int64());
  }
  return {};
}

std::expected<void, Refusal> read_permissions(const json::object& body, MintAsk& ask) {
  const json::value* permissions = body.if_contains("permissions");
  if (!permissions) return {};
  if (!permissions->is_object()) return refuse(400, "Problems parsing JSON");
  for (const auto& [name, level] : permissions->as_object()) {
    if (!level.is_string()) return refuse_form("permissions/" + std::string(name), "a string");
    ask.permissions.insert_or_assign(std::string(name), std::string(level.as_string()));
  }
  return {};
}

std::expected<std::set<RepositoryId>, Refusal> narrow_repositories(const MintAsk& ask,
                                                                   const Installation& installation,
                                                                   const World& world) {
  std::set<RepositoryId> chosen;
  const auto choose = [&](const Repository* repository) {
    if (!repository || !world.reaches(installation, *repository)) return false;
    chosen.insert(repository->id);
    return true;
  };
  const std::string& owner = world.account(installation.account)->login;
  for (const std::string& name : ask.repositories) {
    if (!choose(world.repository(owner, name))) return refuse(422, kNoRepository);
  }
  for (const std::int64_t id : ask.repository_ids) {
    if (id < 0 || !choose(world.repository(RepositoryId(static_cast<std::uint64_t>(id))))) {
      return refuse(422, kNoRepository);
    }
  }
  return chosen;
}

std::expected<Permissions, Refusal> narrow_permissions(const MintAsk& ask, const Permissions& granted) {
  Permissions chosen;
  bool level_missing = false;
  for (const auto& [name, text] : ask.permissions) {
    const auto level = parse_level(text);
    if (!level) return refuse_form("permissions/" + name, "a level of access");
    // Everybody has it, whether or not the App asked.
    if (name == "metadata" && *level == Level::kRead) continue;
    if (!granted.contains(name)) return refuse(422, kNoPermission);
    level_missing = level_missing || !grants(granted, name, *level);
    chosen.emplace(name, *level);
  }
  if (level_missing) return refuse(422, kNoLevel);
  return chosen;
}

}  // namespace

std::expected<MintAsk, Refusal> parse_mint(std::string_view body) {
  MintAsk ask;
  if (trim(body).empty()) return ask;
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error) return refuse(400, "Problems parsing JSON");
  if (!parsed.is_object()) return refuse(400, "Body should be a JSON object");
  const json::object& object = parsed.as_object();
  for (const auto read : {read_names, read_ids, read_permissions}) {
    if (const auto done = read(object, ask); !done) return std::unexpected(done.error());
  }
  return ask;
}

std::expected<MintGrant, Refusal> decide_mint(const MintAsk& ask, const Installation& installation,
                                              const World& world) {
  if (ask.repositories.size() + ask.repository_ids.size() > kMaxMintRepositories) {
    return refuse(422, "The number of repositories must not exceed 500.");
  }
  // What GitHub makes of both is not published. A refusal shows the mistake.
  if (!ask.repositories.empty() && !ask.repository_ids.empty()) {
    return refuse(422, "Only one of repositories and repository_ids may be given.");
  }
  MintGrant grant;
  if (!ask.repositories.empty() || !ask.repository_ids.empty()) {
    auto chosen = narrow_repositories(ask, installation, world);
    if (!chosen) return std::unexpected(chosen.error());
    grant.repositories = std::move(*chosen);
  }
  grant.permissions = installation.permissions;
  if (!ask.permissions.empty()) {
    auto chosen = narrow_permissions(ask, installation.permissions);
    if (!chosen) return std::unexpected(chosen.error());
    grant.permissions = std::move(*chosen);
  }
  grant.permissions.emplace("metadata", Level::kRead);
  return grant;
}

}  // namespace hubwarden::sandbox

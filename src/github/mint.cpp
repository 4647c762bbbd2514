#include "github/mint.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "base/token_text.h"
#include "github/json.h"

namespace hubwarden::github {
namespace {

namespace bj = boost::json;

std::unexpected<Error> unusable(std::string why) {
  return fail(ErrorCode::kUpstreamProtocol, "GitHub's answer to a mint is unusable: " + std::move(why));
}

bool is_header_safe(std::string_view token) {
  return !token.empty() && token.size() <= kMaxToken &&
         std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
}

template <class T>
Result<> check_count(const std::vector<T>& list) {
  if (list.empty()) return fail(ErrorCode::kInvalidRequest, "a token needs at least one repository");
  if (list.size() > kMaxRepositories) {
    return fail(ErrorCode::kInvalidRequest, "a token covers at most 500 repositories");
  }
  return {};
}

template <class T>
void sort_and_drop_duplicates(std::vector<T>& list) {
  std::ranges::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

void add_repositories(const Repositories& repositories, bj::object& body) {
  bj::array list;
  if (const auto* ids = std::get_if<RepositoryIds>(&repositories)) {
    for (const RepositoryId id : ids->values()) list.emplace_back(id.value());
    body.emplace("repository_ids", std::move(list));
  } else if (const auto* names = std::get_if<RepositoryNames>(&repositories)) {
    for (const policy::Repository& repository : names->values()) list.emplace_back(repository.name());
    body.emplace("repositories", std::move(list));
  }
}

Result<policy::PermissionSet::Map> read_permissions(const bj::object& root) {
  policy::PermissionSet::Map levels;
  const bj::object* permissions = json::object_at(root, "permissions");
  if (!permissions || permissions->empty())
    return unusable("it does not say which permissions the token has");
  for (const auto& [key, value] : *permissions) {
    const std::string name = printable(std::string_view(key.data(), key.size()), 80);
    const auto level = policy::parse_level(json::text_in(value).value_or(""));
    if (!level) return unusable("unknown level of the permission " + name);
    levels.emplace(name, *level);
  }
  return levels;
}

Result<std::vector<MintedRepository>> read_repositories(const bj::object& root) {
  std::vector<MintedRepository> list;
  const bj::array* repositories = json::array_at(root, "repositories");
  if (!repositories) return list;
  for (const bj::value& entry : *repositories) {
    const bj::object* object = json::object_in(entry);
    const auto id = object ? json::id_at(*object, "id") : std::nullopt;
    const auto name = object ? json::text_at(*object, "full_name") : std::nullopt;
    Result<policy::Repository> repository = policy::Repository::parse(name.value_or(""));
    if (!id || !repository || list.size() == kMaxRepositories)
      return unusable("its list of repositories is broken");
    list.emplace_back(RepositoryId(*id), std::move(*repository));
  }
  return list;
}

Result<> verify_repositories(const MintRequest& asked, const MintedToken& got) {
  if (std::holds_alternative<AllRepositories>(asked.repositories)) return {};
  if (got.selection != RepositorySelection::kSelected)
    return unusable("the token is not narrowed to repositories");
  if (got.repositories.empty())
    return unusable("the answer does not say which repositories the token covers");
  const auto was_asked_for = [&](const MintedRepository& one) {
    if (const auto* ids = std::get_if<RepositoryIds>(&asked.repositories)) {
      return std::ranges::binary_search(ids->values(), one.id);
    }
    return std::ranges::binary_search(std::get<RepositoryNames>(asked.repositories).values(), one.repository);
  };
  const auto stray = std::ranges::find_if_not(got.repositories, was_asked_for);
  if (stray != got.repositories.end()) {
    return unusable("the token covers " + stray->repository.shown() + ", which was not asked for");
  }
  return {};
}

Result<> verify_permissions(const MintRequest& asked, const MintedToken& got) {
  const auto* set = std::get_if<policy::PermissionSet>(&asked.permissions);
  if (!set) return {};
  const Result<policy::PermissionSet> granted = policy::PermissionSet::make(got.permissions);
  if (!granted) return unusable("its permissions are broken");
  if (!set->covers(*granted)) {
    return unusable("the token may do more (" + printable(granted->text(), 200) + ") than was asked for (" +
                    printable(set->text(), 200) + ")");
  }
  return {};
}

}  // namespace

Result<RepositoryIds> RepositoryIds::make(std::vector<RepositoryId> ids) {
  sort_and_drop_duplicates(ids);
  const Result<> counted = check_count(ids);
  if (!counted) return std::unexpected(counted.error());
  return RepositoryIds(std::move(ids));
}

Result<RepositoryNames> RepositoryNames::make(std::vector<policy::Repository> names) {
  sort_and_drop_duplicates(names);
  const Result<> counted = check_count(names);
  if (!counted) return std::unexpected(counted.error());
  if (std::ranges::any_of(names, [&](const auto& name) { return name.owner() != names.front().owner(); })) {
    return fail(ErrorCode::kInvalidRequest, "one token cannot cover repositories of several owners");
  }
  return RepositoryNames(std::move(names));
}

std::string mint_body(const MintRequest& request) {
  bj::object body;
  add_repositories(request.repositories, body);
  if (const auto* set = std::get_if<policy::PermissionSet>(&request.permissions)) {
    bj::object permissions;
    for (const auto& [name, level] : set->levels()) permissions.emplace(name, policy::to_string(level));
    body.emplace("permissions", std::move(permissions));
  }
  return bj::serialize(body);
}

std::string permissions_text(const MintRequest& request) {
  const auto* set = std::get_if<policy::PermissionSet>(&request.permissions);
  return set ? set->text() : std::string();
}

Result<MintedToken> read_minted_token(std::string_view body) {
  const Result<bj::value> document = json::parse(body);
  if (!document) return std::unexpected(document.error());
  const bj::object* root = json::object_in(*document);
  if (!root) return unusable("it is not an object");
  const auto expires_at = parse_rfc3339(json::text_at(*root, "expires_at").value_or(""));
  if (!expires_at) return unusable("it does not say when the token expires");
  Result<policy::PermissionSet::Map> permissions = read_permissions(*root);
  if (!permissions) return std::unexpected(permissions.error());
  Result<std::vector<MintedRepository>> repositories = read_repositories(*root);
  if (!repositories) return std::unexpected(repositories.error());

  MintedToken minted;
  minted.token = Secret(json::text_at(*root, "token").value_or(""));
  minted.expires_at = *expires_at;
  minted.permissions = std::move(*permissions);
  minted.repositories = std::move(*repositories);
  const auto selection = json::text_at(*root, "repository_selection");
  if (selection == "all") minted.selection = RepositorySelection::kAll;
  if (selection == "selected") minted.selection = RepositorySelection::kSelected;
  return minted;
}

Result<> verify_minted(const MintRequest& asked, const MintedToken& got, TimePoint now) {
  if (!is_token_text(got.token.reveal()))
    return unusable("there is no token, or none that a header and a JSON string could carry");
  if (got.expires_at <= now) return unusable("the token has expired already");
  if (got.expires_at - now > kLongestTokenLife)
    return unusable("the token lives longer than GitHub's tokens do");
  const Result<> permissions = verify_permissions(asked, got);
  if (!permissions) return permissions;
  return verify_repositories(asked, got);
}

Secret token_in(std::string_view body) {
  const Result<bj::value> document = json::parse(body);
  const bj::object* root = document ? json::object_in(*document) : nullptr;
  const std::string_view token = root ? json::text_at(*root, "token").value_or("") : std::string_view();
  return is_header_safe(token) ? Secret(token) : Secret();
}

}  // namespace hubwarden::github

#include "delivery/token/token_query.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"
#include "delivery/query.h"
#include "policy/host_name.h"

namespace hubwarden::delivery {
namespace {

using tokens::PermissionSelection;
using tokens::TokenAsk;

Result<std::vector<policy::Repository>> repositories_of(const TokenGrant& grant, const Query& query) {
  std::vector<policy::Repository> repositories;
  for (const std::string& text : query.all("repo")) {
    Result<policy::Repository> repository = policy::Repository::parse(text);
    if (!repository) return std::unexpected(repository.error());
    if (grant.repositories &&
        std::ranges::find(*grant.repositories, *repository) == grant.repositories->end()) {
      return fail(ErrorCode::kForbidden,
                  "repository " + repository->shown() + " is not among this workspace's");
    }
    repositories.push_back(std::move(*repository));
  }
  if (repositories.empty() && grant.repositories) {
    repositories.assign(grant.repositories->begin(), grant.repositories->end());
  }
  const auto is_elsewhere = [&repositories](const policy::Repository& repository) {
    return repository.owner() != repositories.front().owner();
  };
  if (std::ranges::any_of(repositories, is_elsewhere)) {
    return fail(ErrorCode::kInvalidRequest,
                "a token covers repositories of one owner; choose some with repo=");
  }
  return repositories;
}

Result<PermissionSelection> permissions_of(const TokenGrant& grant, const Query& query) {
  const Result<std::optional<std::string>> text = query.one("permissions");
  if (!text) return std::unexpected(text.error());
  if (!*text) {
    if (grant.permissions == nullptr) return PermissionSelection::all_granted();
    return PermissionSelection::of(*grant.permissions);
  }
  Result<policy::PermissionSet> asked = policy::PermissionSet::parse(**text);
  if (!asked) return std::unexpected(asked.error());
  if (grant.permissions != nullptr && !grant.permissions->covers(*asked)) {
    return fail(ErrorCode::kForbidden,
                "permissions " + asked->text() + " exceed this caller's " + grant.permissions->text());
  }
  return PermissionSelection::of(std::move(*asked));
}

Result<Duration> min_ttl_of(const Query& query) {
  const Result<std::optional<std::string>> text = query.one("min_ttl");
  if (!text) return std::unexpected(text.error());
  if (!*text) return Duration::zero();
  const std::optional<Duration> wish = parse_duration(**text);
  if (!wish || *wish > tokens::kMostMinTtl) {
    return fail(ErrorCode::kInvalidRequest, "min_ttl must be a duration of at most 55m, like 20m");
  }
  return *wish;
}

Result<std::string> host_of(const TokenGrant& grant, const Query& query) {
  const Result<std::optional<std::string>> text = query.one("host");
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::string(grant.host);
  const Result<policy::HostName> host = policy::HostName::parse(**text);
  if (!host) return std::unexpected(host.error());
  return host->text();
}

// The configured installation is one of the usual host's: elsewhere its number is somebody else's.
Result<std::optional<InstallationId>> installation_of(const TokenGrant& grant, const Query& query,
                                                      std::string_view host) {
  const Result<std::optional<std::string>> text = query.one("installation");
  if (!text) return std::unexpected(text.error());
  if (!*text) return host == grant.host ? grant.installation : std::nullopt;
  if (grant.repositories) return fail(ErrorCode::kForbidden, "installation= is for operators");
  const std::optional<std::uint64_t> id = parse_number<std::uint64_t>(**text);
  if (!id || *id == 0) return fail(ErrorCode::kInvalidRequest, "installation must be a number");
  if (!query.all("repo").empty()) {
    return fail(ErrorCode::kInvalidRequest, "installation= and repo= exclude each other");
  }
  return InstallationId(*id);
}

}  // namespace

Result<TokenAsk> token_ask(const TokenGrant& grant, std::string_view query_text) {
  const Result<Query> query =
      Query::parse(query_text, {"repo", "permissions", "min_ttl", "installation", "host"});
  if (!query) return std::unexpected(query.error());
  Result<std::string> host = host_of(grant, *query);
  if (!host) return std::unexpected(host.error());
  Result<std::vector<policy::Repository>> repositories = repositories_of(grant, *query);
  if (!repositories) return std::unexpected(repositories.error());
  Result<PermissionSelection> permissions = permissions_of(grant, *query);
  if (!permissions) return std::unexpected(permissions.error());
  const Result<Duration> min_ttl = min_ttl_of(*query);
  if (!min_ttl) return std::unexpected(min_ttl.error());
  const Result<std::optional<InstallationId>> installation = installation_of(grant, *query, *host);
  if (!installation) return std::unexpected(installation.error());

  TokenAsk ask(std::move(*host), std::move(*repositories), std::move(*permissions));
  if (ask.repositories.empty()) ask.installation = *installation;
  ask.min_ttl = *min_ttl;
  return ask;
}

}  // namespace hubwarden::delivery

#include "delivery/token/token_query.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"
#include "delivery/query.h"
#include "delivery/refusal.h"
#include "policy/host_name.h"

namespace hubwarden::delivery {
namespace {

using tokens::PermissionSelection;
using tokens::TokenAsk;

Result<std::vector<policy::Repository>> repositories_of(const TokenTerms& terms, const Query& query) {
  std::vector<policy::Repository> repositories;
  for (const std::string& text : query.all("repo")) {
    Result<policy::Repository> repository = policy::Repository::parse(text);
    if (!repository) return std::unexpected(repository.error());
    repositories.push_back(std::move(*repository));
  }
  if (repositories.empty()) {
    const auto own = terms.who.repositories();
    repositories.assign(own.begin(), own.end());
  }
  if (repositories.empty() && !terms.may_choose_installation) {
    return fail(ErrorCode::kInvalidRequest, "say for which repository: repo=owner/name");
  }
  return repositories;
}

Result<> check_owners(const std::vector<policy::Repository>& repositories) {
  const auto is_elsewhere = [&repositories](const policy::Repository& repository) {
    return !repository.shares_owner_with(repositories.front());
  };
  if (std::ranges::none_of(repositories, is_elsewhere)) return {};
  return fail(ErrorCode::kInvalidRequest, "a token covers repositories of one owner; choose some with repo=");
}

// No token of the rule could live as long as that.
Result<> check_wish(Duration min_ttl, const rules::Decision& decision) {
  if (!decision.ttl || min_ttl <= *decision.ttl) return {};
  return fail(ErrorCode::kInvalidRequest, "rule \"" + decision.rule + "\" ends its tokens after " +
                                              duration_text(*decision.ttl) + ": min_ttl cannot be more");
}

Result<rules::Wanted> wanted_of(const Query& query) {
  const Result<std::optional<std::string>> text = query.one("permissions");
  if (!text) return std::unexpected(text.error());
  if (!*text) return rules::AllPermissions();
  Result<policy::PermissionSet> asked = policy::PermissionSet::parse(**text);
  if (!asked) return std::unexpected(asked.error());
  return *std::move(asked);
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

Result<std::string> host_of(const TokenTerms& terms, const Query& query) {
  const Result<std::optional<std::string>> text = query.one("host");
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::string(terms.host);
  const Result<policy::HostName> host = policy::HostName::parse(**text);
  if (!host) return std::unexpected(host.error());
  // A policy's repositories are those of the usual host.
  if (!terms.grant.is_of_operator() && host->text() != terms.host) {
    return fail(ErrorCode::kForbidden, "no rule for this caller is about " + host->text());
  }
  return host->text();
}

// The configured installation is one of the usual host's: elsewhere its number is somebody else's.
Result<std::optional<InstallationId>> installation_of(const TokenTerms& terms, const Query& query,
                                                      std::string_view host) {
  const Result<std::optional<std::string>> text = query.one("installation");
  if (!text) return std::unexpected(text.error());
  if (!*text) return host == terms.host ? terms.installation : std::nullopt;
  if (!terms.may_choose_installation) return fail(ErrorCode::kForbidden, "installation= is for operators");
  const std::optional<std::uint64_t> id = parse_number<std::uint64_t>(**text);
  if (!id || *id == 0) return fail(ErrorCode::kInvalidRequest, "installation must be a number");
  if (!query.all("repo").empty()) {
    return fail(ErrorCode::kInvalidRequest, "installation= and repo= exclude each other");
  }
  return InstallationId(*id);
}

}  // namespace

Result<AllowedToken> token_ask(const TokenTerms& terms, std::string_view query_text) {
  const Result<Query> query =
      Query::parse(query_text, {"repo", "permissions", "min_ttl", "installation", "host"});
  if (!query) return std::unexpected(query.error());
  Result<std::string> host = host_of(terms, *query);
  if (!host) return std::unexpected(host.error());
  Result<std::vector<policy::Repository>> repositories = repositories_of(terms, *query);
  if (!repositories) return std::unexpected(repositories.error());
  Result<rules::Wanted> wanted = wanted_of(*query);
  if (!wanted) return std::unexpected(wanted.error());
  const Result<Duration> min_ttl = min_ttl_of(*query);
  if (!min_ttl) return std::unexpected(min_ttl.error());
  const Result<std::optional<InstallationId>> installation = installation_of(terms, *query, *host);
  if (!installation) return std::unexpected(installation.error());

  rules::Ask asked(*std::move(wanted), *std::move(repositories));
  rules::Decision decision = terms.grant.decide(asked);
  if (terms.hear) terms.hear(asked, decision);
  if (decision.verdict != rules::Verdict::kAllow) {
    return std::unexpected(refusal(terms.grant, asked, decision));
  }
  const Result<> possible = check_wish(*min_ttl, decision);
  if (!possible) return std::unexpected(possible.error());
  const Result<> owners = check_owners(asked.repositories);
  if (!owners) return std::unexpected(owners.error());
  TokenAsk ask(
      std::move(*host), std::move(asked.repositories),
      decision.token ? PermissionSelection::of(*decision.token) : PermissionSelection::all_granted());
  if (ask.repositories.empty()) ask.installation = *installation;
  ask.min_ttl = *min_ttl;
  ask.life = decision.ttl;
  return AllowedToken(std::move(ask), std::move(decision));
}

}  // namespace hubwarden::delivery

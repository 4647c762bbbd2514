#pragma once

// GitHub as the token engine sees it, by script: mints take virtual time, fail as told, and are counted.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/timers.h"
#include "tests/support/virtual_time.h"
#include "tokens/directory.h"
#include "tokens/engine.h"
#include "tokens/lookup.h"
#include "tokens/minter.h"

namespace hubwarden::testing {

using tokens::AppRef;
using tokens::RepositoryRef;
using tokens::Scope;
using tokens::TokenFacts;
using tokens::TokenPtr;

inline policy::Repository repository(std::string_view name) {
  return *policy::Repository::parse(name);
}
inline policy::PermissionSet permissions(std::string_view text) {
  return *policy::PermissionSet::parse(text);
}

inline TokenPtr make_token(std::string value, TimePoint minted_at, Duration lifetime) {
  TokenFacts facts;
  facts.minted_at = minted_at;
  facts.expires_at = minted_at + std::chrono::duration_cast<TimePoint::duration>(lifetime);
  return std::make_shared<const tokens::Token>(Secret(value), "fingerprint of " + value, facts);
}

class FakeUpstream final : public tokens::Minter, public tokens::Directory {
 public:
  explicit FakeUpstream(VirtualTime& time) : time_(time) {}

  // How GitHub behaves.
  Duration mint_takes = std::chrono::milliseconds(200);
  Duration lookup_takes = Duration::zero();
  Duration lifetime = std::chrono::hours(1);
  std::optional<Error> mint_error;
  std::optional<Error> lookup_error;
  std::function<std::optional<Error>(const Scope&)> refuse_mint;
  std::set<std::string> revoked;                        // token values
  std::map<std::string, std::uint64_t> repository_ids;  // by key; made up when missing
  std::map<std::string, std::string> renamed_to;        // old key → new name
  std::function<std::optional<Error>(const AppRef&, const policy::Repository&)> not_installed;
  std::set<std::string> owners_with_app;
  std::uint64_t installation = 7;

  // What it was asked.
  int mints = 0;
  int lookups = 0;
  int liveness_checks = 0;
  std::map<std::string, int> mints_by_scope;
  std::vector<TokenPtr> issued;
  std::map<std::string, std::string, std::less<>> scopes;  // by token value; as key_by_names() has them
  std::vector<std::string> traces;                         // of each request in turn; "" for none

  net::Task<Result<tokens::Minted>> mint(Scope scope, http::CallContext context) override {
    ++mints;
    traces.push_back(trace_in(context));
    ++mints_by_scope[scope.key()];
    const auto took = std::chrono::duration_cast<SteadyPoint::duration>(mint_takes);
    co_await net::sleep_until(time_, time_.clock().steady_now() + took);
    std::optional<Error> refused = refuse_mint ? refuse_mint(scope) : mint_error;
    if (refused) co_return std::unexpected(*std::move(refused));
    const std::string value = "ghs_" + std::to_string(issued.size()) + "_for_" + std::to_string(mints);
    TokenPtr token = make_token(value, time_.clock().now(), lifetime);
    issued.push_back(token);
    scopes.emplace(value, scope.key_by_names());
    std::vector<tokens::MintedRepository> repositories;
    for (const RepositoryRef& asked : scope.repositories().chosen()) {
      const RepositoryId id = asked.id().value_or(RepositoryId(id_of(asked.name())));
      repositories.emplace_back(asked.name(), RepositoryRef(asked.name(), id));
    }
    co_return tokens::Minted(std::move(token), std::move(repositories));
  }

  net::Task<Result<tokens::Found>> installation_of(AppRef app, policy::Repository repository,
                                                   http::CallContext context) override {
    ++lookups;
    traces.push_back(trace_in(context));
    const auto took = std::chrono::duration_cast<SteadyPoint::duration>(lookup_takes);
    if (took > took.zero()) co_await net::sleep_until(time_, time_.clock().steady_now() + took);
    if (lookup_error) co_return std::unexpected(*lookup_error);
    if (not_installed) {
      std::optional<Error> error = not_installed(app, repository);
      if (error) co_return std::unexpected(std::move(*error));
    }
    std::optional<RepositoryId> renamed;
    if (renamed_to.contains(repository.key())) renamed = RepositoryId(id_of(repository));
    co_return tokens::Found(InstallationId(installation), renamed);
  }

  net::Task<Result<bool>> is_installed_on(AppRef, policy::Owner owner, http::CallContext context) override {
    traces.push_back(trace_in(context));
    co_return owners_with_app.contains(owner.key());
  }

  net::Task<Result<bool>> is_alive(AppRef, TokenPtr token, http::CallContext context) override {
    ++liveness_checks;
    traces.push_back(trace_in(context));
    co_return !revoked.contains(std::string(token->reveal()));
  }

  std::uint64_t id_of(const policy::Repository& repository) {
    return repository_ids.try_emplace(repository.key(), 1000 + repository_ids.size()).first->second;
  }

 private:
  static std::string trace_in(const http::CallContext& context) {
    return context.trace ? std::string(context.trace->trace_id()) : "";
  }

  VirtualTime& time_;
};

}  // namespace hubwarden::testing

#pragma once

// The providers that there are, in the order in which they were added.
//
//   Registry registry(clock);
//   registry.add(std::make_shared<GitHubApp>(…));
//   Result<BootEnvironment> environment = co_await registry.environment(workspace, deadline);
//   Result<ProvidedToken> token = co_await registry.token(wish, deadline);
//
// Callable from any thread, also `add`: a chain that runs goes on with the providers that it began with. An
// error names its provider.

#include <hubwarden/provider.h>

#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"

namespace hubwarden::providers {

using ProviderPtr = std::shared_ptr<EnvProvider>;

class Registry {
 public:
  // The clock outlives it.
  explicit Registry(const Clock& clock) : clock_(clock) {}

  // Null is ignored.
  void add(ProviderPtr provider);
  // At this moment.
  std::vector<ProviderPtr> providers() const { return *list(); }

  // Each provider in turn, on what those before it made; the first error ends it.
  net::Task<Result<BootEnvironment>> environment(BootingWorkspace workspace, SteadyPoint deadline) const;

  // The first that has tokens for the host; null without one.
  ProviderPtr token_provider(std::string_view host) const;
  // Of that one. Never a token that has ended or lives shorter than the wish says. `not_configured` without
  // one.
  net::Task<Result<ProvidedToken>> token(TokenWish wish, SteadyPoint deadline) const;

 private:
  using List = std::shared_ptr<const std::vector<ProviderPtr>>;

  List list() const { return *list_.read(); }

  const Clock& clock_;
  SharedGuarded<List> list_{std::make_shared<const std::vector<ProviderPtr>>()};
};

}  // namespace hubwarden::providers

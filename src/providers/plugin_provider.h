#pragma once

// A plugin as a provider: each of its calls runs on a worker, and is waited for until the deadline.
//
//   registry.add(std::make_shared<PluginProvider>(plugin, calls));

#include <hubwarden/provider.h>

#include <memory>

#include "providers/calls.h"
#include "providers/plugin.h"

namespace hubwarden::providers {

class PluginProvider final : public EnvProvider, public TokenProvider {
 public:
  // `calls` outlives it.
  PluginProvider(std::shared_ptr<const Plugin> plugin, Calls& calls)
      : plugin_(std::move(plugin)), calls_(calls) {}

  std::string_view name() const override { return plugin_->spec().name; }
  net::Task<Result<BootEnvironment>> add_to(BootEnvironment so_far, BootingWorkspace workspace,
                                            SteadyPoint deadline) override;
  TokenProvider* token_provider() override { return plugin_->gives_tokens() ? this : nullptr; }

  bool has_tokens_for(std::string_view host) const override;
  net::Task<Result<ProvidedToken>> token(TokenWish wish, SteadyPoint deadline) override;

 private:
  std::shared_ptr<const Plugin> plugin_;
  Calls& calls_;
};

}  // namespace hubwarden::providers

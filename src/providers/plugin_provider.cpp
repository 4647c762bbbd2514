#include "providers/plugin_provider.h"

#include <algorithm>

namespace hubwarden::providers {
namespace {

// std::function copies, and an environment is moved alone; so it is shared with the one call that takes it.
struct EnvironmentCall {
  EnvironmentCall(std::shared_ptr<const Plugin> plugin_, BootEnvironment so_far_, BootingWorkspace workspace_)
      : plugin(std::move(plugin_)), so_far(std::move(so_far_)), workspace(std::move(workspace_)) {}

  std::shared_ptr<const Plugin> plugin;
  BootEnvironment so_far;
  BootingWorkspace workspace;
};

}  // namespace

net::Task<Result<BootEnvironment>> PluginProvider::add_to(BootEnvironment so_far, BootingWorkspace workspace,
                                                          SteadyPoint deadline) {
  auto owned = std::make_shared<EnvironmentCall>(plugin_, std::move(so_far), std::move(workspace));
  std::function<Result<BootEnvironment>()> call = [owned] {
    return owned->plugin->extend(std::move(owned->so_far), owned->workspace);
  };
  Result<BootEnvironment> after = co_await calls_.run<BootEnvironment>(std::move(call), deadline);
  co_return after;
}

bool PluginProvider::has_tokens_for(std::string_view host) const {
  return std::ranges::find(plugin_->spec().hosts, host) != plugin_->spec().hosts.end();
}

net::Task<Result<ProvidedToken>> PluginProvider::token(TokenWish wish, SteadyPoint deadline) {
  auto wanted = std::make_shared<const TokenWish>(std::move(wish));
  std::function<Result<ProvidedToken>()> call = [plugin = plugin_, wanted] { return plugin->token(*wanted); };
  Result<ProvidedToken> token = co_await calls_.run<ProvidedToken>(std::move(call), deadline);
  co_return token;
}

}  // namespace hubwarden::providers

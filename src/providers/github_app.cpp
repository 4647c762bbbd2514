#include "providers/github_app.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hubwarden::providers {

Result<> GitHubApp::name_hubwarden(BootEnvironment& environment, const BootingWorkspace& workspace) const {
  if (settings_.url.empty()) {
    return fail(ErrorCode::kNotConfigured,
                "env.url is not set, and no address that is listened on can stand for it");
  }
  const std::array<std::pair<std::string_view, std::string_view>, 4> variables = {{
      {"HUBWARDEN_URL", settings_.url},
      {"HUBWARDEN_WORKSPACE", workspace.id.text()},
      {"HUBWARDEN_WORKSPACE_TOKEN_FILE", settings_.token_file},
      {"HUBWARDEN_CREDENTIAL_CONFIG", settings_.credential_config},
  }};
  for (const auto& [name, value] : variables) {
    if (value.empty()) continue;
    const Result<> set = environment.set(name, Secret(value));
    if (!set) return set;
  }
  return {};
}

net::Task<Result<BootEnvironment>> GitHubApp::add_to(BootEnvironment so_far, BootingWorkspace workspace,
                                                     SteadyPoint deadline) {
  const Result<> named = name_hubwarden(so_far, workspace);
  if (!named) co_return std::unexpected(named.error());
  if (!settings_.inject_token) co_return std::move(so_far);
  TokenWish wish(settings_.host, workspace.repositories.items(), workspace.permissions, kInjectedLife);
  const Result<tokens::Served> served = co_await serve(std::move(wish), deadline);
  if (!served) co_return std::unexpected(served.error());
  settings_.handed_out(workspace, settings_.host, served->token);
  for (const std::string_view name : {"GH_TOKEN", "GITHUB_TOKEN"}) {
    const Result<> set = so_far.set(name, Secret(served->token->reveal()));
    if (!set) co_return std::unexpected(set.error());
  }
  co_return std::move(so_far);
}

bool GitHubApp::has_tokens_for(std::string_view host) const {
  return std::ranges::find(settings_.hosts, host) != settings_.hosts.end();
}

net::Task<Result<tokens::Served>> GitHubApp::serve(TokenWish wish, SteadyPoint deadline) {
  const bool names_some = wish.permissions.has_value();
  tokens::PermissionSelection permissions = tokens::PermissionSelection::all_granted();
  if (names_some) permissions = tokens::PermissionSelection::of(std::move(*wish.permissions));
  tokens::TokenAsk ask(std::move(wish.host), std::move(wish.repositories), std::move(permissions));
  ask.min_ttl = wish.min_ttl;
  Result<tokens::Served> served = co_await service_.token(std::move(ask), deadline);
  co_return served;
}

net::Task<Result<ProvidedToken>> GitHubApp::token(TokenWish wish, SteadyPoint deadline) {
  const Result<tokens::Served> served = co_await serve(std::move(wish), deadline);
  if (!served) co_return std::unexpected(served.error());
  co_return ProvidedToken(Secret(served->token->reveal()), served->token->expires_at());
}

}  // namespace hubwarden::providers

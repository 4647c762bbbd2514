#pragma once

// The provider that is always there, and first: it tells a workspace where hubwarden is and who the workspace
// is there, and has the Apps' tokens.
//
//   registry.add(std::make_shared<GitHubApp>(service, settings));
//
// Variables: docs/http-api.md, "A workspace's environment".

#include <hubwarden/provider.h>

#include <functional>
#include <string>
#include <vector>

#include "tokens/service.h"

namespace hubwarden::providers {

struct GitHubAppSettings {
  GitHubAppSettings() = default;

  std::string url;                // where workspaces reach hubwarden; empty: not known
  std::string token_file;         // where a workspace finds its own credential; empty: its own business
  std::string credential_config;  // where git's helper finds its settings; empty: the usual place
  bool inject_token = false;
  std::string host = "github.com";  // whose token is injected
  std::vector<std::string> hosts;   // that have an App
  // Told of each token before it is put into a workspace's environment.
  std::function<void(const BootingWorkspace&, const std::string& host, const tokens::TokenPtr&)> handed_out =
      [](const BootingWorkspace&, const std::string&, const tokens::TokenPtr&) {};
};

class GitHubApp final : public EnvProvider, public TokenProvider {
 public:
  static constexpr std::string_view kName = "github-app";
  // Of a token that is put into the environment, because nobody will replace it there.
  static constexpr Duration kInjectedLife = std::chrono::minutes(30);

  // `service` outlives it.
  GitHubApp(tokens::TokenService& service, GitHubAppSettings settings)
      : service_(service), settings_(std::move(settings)) {}

  std::string_view name() const override { return kName; }
  net::Task<Result<BootEnvironment>> add_to(BootEnvironment so_far, BootingWorkspace workspace,
                                            SteadyPoint deadline) override;
  TokenProvider* token_provider() override { return this; }

  bool has_tokens_for(std::string_view host) const override;
  net::Task<Result<ProvidedToken>> token(TokenWish wish, SteadyPoint deadline) override;

 private:
  net::Task<Result<tokens::Served>> serve(TokenWish wish, SteadyPoint deadline);
  Result<> name_hubwarden(BootEnvironment& environment, const BootingWorkspace& workspace) const;

  tokens::TokenService& service_;
  GitHubAppSettings settings_;
};

}  // namespace hubwarden::providers

#pragma once

// The configured Apps as the engine's minter, the look-up's directory and what ends tokens: GitHub behind
// tokens/.
//
//   AppUpstream upstream(clock);
//   upstream.add(AppRef("github.com", "123456"), api);   // all of them before the first request

#include <functional>
#include <map>

#include "github/api.h"
#include "tokens/directory.h"
#include "tokens/ending.h"
#include "tokens/minter.h"

namespace hubwarden::tokens {

class AppUpstream final : public Minter, public Directory, public Revoker {
 public:
  // `clock` is GitHub's time where one is known. The Apis outlive this.
  explicit AppUpstream(const Clock& clock) : clock_(clock) {}

  void add(AppRef app, github::Api& api) { apis_.emplace(std::move(app), api); }

  net::Task<Result<Minted>> mint(Scope scope, http::CallContext context) override;
  net::Task<Result<Found>> installation_of(AppRef app, policy::Repository repository,
                                           http::CallContext context) override;
  net::Task<Result<bool>> is_installed_on(AppRef app, policy::Owner owner,
                                          http::CallContext context) override;
  // Any App of the host will do: the token speaks for itself.
  net::Task<Result<bool>> is_alive(AppRef app, TokenPtr token, http::CallContext context) override;
  net::Task<Result<>> revoke(AppRef app, Secret token, http::CallContext context) override;

 private:
  github::Api* api_of(const AppRef& app);
  github::Api* any_api_of(std::string_view host);
  net::Task<Result<Minted>> mint_as_named(github::Api& api, Scope scope, http::CallContext context);
  net::Task<Result<Scope>> with_all_ids(github::Api& api, Scope scope, http::CallContext context);
  Minted accept(const Scope& scope, const github::MintedToken& minted,
                std::vector<RepositoryRef> answered) const;

  const Clock& clock_;
  std::map<AppRef, std::reference_wrapper<github::Api>> apis_;
};

}  // namespace hubwarden::tokens

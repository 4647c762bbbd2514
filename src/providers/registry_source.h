#pragma once

// The registry as the token service's source for hosts without an App.
//
//   RegistrySource source(registry, clock, config.tokens.floor);
//
// Each token is asked for anew: what a provider remembers is its own business.

#include "providers/registry.h"
#include "tokens/other_source.h"

namespace hubwarden::providers {

class RegistrySource final : public tokens::OtherSource {
 public:
  // A token that lives shorter than `floor` is never handed out. The others outlive it.
  RegistrySource(const Registry& registry, const Clock& clock, Duration floor)
      : registry_(registry), clock_(clock), floor_(floor) {}

  bool has_tokens_for(std::string_view host) const override;
  net::Task<Result<tokens::TokenPtr>> token(tokens::TokenAsk ask, SteadyPoint deadline) override;

 private:
  const Registry& registry_;
  const Clock& clock_;
  Duration floor_;
};

}  // namespace hubwarden::providers

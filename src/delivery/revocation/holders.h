#pragma once

// Which tokens this replica has handed out, and to whom, as long as they live: what a revocation of somebody
// has to take back.
//
//   holders.note(who, "github.com", token, clock.now());          // before the token leaves
//   for (HeldToken& each : holders.of(revocation)) …
//
// Thread-safe.

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "auth/principal.h"
#include "base/guarded.h"
#include "store/revocation.h"
#include "tokens/token.h"

namespace hubwarden::delivery {

struct HeldToken {
  HeldToken(std::string host_, tokens::TokenPtr token_) : host(std::move(host_)), token(std::move(token_)) {}

  std::string host;
  tokens::TokenPtr token;
};

class Holders {
 public:
  // A token each, for the agents that hubwarden is measured with; beyond it the one that ends first is not
  // known any more.
  static constexpr std::size_t kMost = 100'000;

  void note(auth::PrincipalPtr who, std::string host, tokens::TokenPtr token, TimePoint now);
  // In the hands of whom the revocation ends.
  std::vector<HeldToken> of(const store::Revocation& revocation) const;

 private:
  struct Holding {
    Holding(auth::PrincipalPtr who_, HeldToken held_) : who(std::move(who_)), held(std::move(held_)) {}
    auth::PrincipalPtr who;
    HeldToken held;
  };

  mutable Guarded<std::multimap<TimePoint, Holding>> holdings_;  // by the token's end
};

}  // namespace hubwarden::delivery

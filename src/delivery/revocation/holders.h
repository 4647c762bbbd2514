#pragma once

// Which tokens this replica has handed out, and to whom, as long as they live: what a revocation of somebody
// has to take back. The others of its fleet are told, for the time when this one is gone.
//
//   holders.note(who, {"github.com", token}, keys, clock.now());      // before the token leaves
//   for (tokens::HeldToken& each : holders.of(revocation)) …
//
// Thread-safe.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "auth/principal.h"
#include "base/guarded.h"
#include "store/revocation.h"
#include "tokens/held_token.h"
#include "tokens/shared_holdings.h"

namespace hubwarden::delivery {

class Holders {
 public:
  // A token each, for the agents that hubwarden is measured with; beyond it the one that ends first is not
  // known any more.
  static constexpr std::size_t kMost = 100'000;

  // `shared` outlives it.
  explicit Holders(tokens::SharedHoldings& shared) : shared_(shared) {}

  // `keys`: those under which the fleet shares it.
  void note(auth::PrincipalPtr who, tokens::HeldToken held, const std::vector<std::string>& keys,
            TimePoint now);
  using KeysOf = std::function<std::vector<std::string>(const tokens::HeldToken&)>;
  // The others have lost what they were told: of those that end last, a few thousand.
  void share_again(const KeysOf& keys_of) const;
  // In the hands of whom the revocation ends.
  std::vector<tokens::HeldToken> of(const store::Revocation& revocation) const;

 private:
  struct Holding {
    Holding(auth::PrincipalPtr who_, tokens::HeldToken held_)
        : who(std::move(who_)), held(std::move(held_)) {}
    auth::PrincipalPtr who;
    tokens::HeldToken held;
  };
  using Holdings = std::multimap<TimePoint, Holding>;  // by the token's end

  tokens::SharedHoldings& shared_;
  mutable Guarded<Holdings> holdings_;
};

}  // namespace hubwarden::delivery

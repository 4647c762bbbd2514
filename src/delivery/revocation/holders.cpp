#include "delivery/revocation/holders.h"

#include "auth/revocation_index.h"

namespace hubwarden::delivery {

void Holders::note(auth::PrincipalPtr who, std::string host, tokens::TokenPtr token, TimePoint now) {
  const TimePoint end = token->expires_at();
  auto holdings = holdings_.lock();
  holdings->erase(holdings->begin(), holdings->upper_bound(now));
  if (holdings->size() >= kMost) holdings->erase(holdings->begin());
  holdings->emplace(end, Holding(std::move(who), HeldToken(std::move(host), std::move(token))));
}

std::vector<HeldToken> Holders::of(const store::Revocation& revocation) const {
  // Whom it refuses when it is the only one.
  auth::RevocationIndex alone;
  alone.apply(revocation.id, revocation);
  // A copy: whoever is given a token does not wait for all of them to be looked at.
  const std::multimap<TimePoint, Holding> holdings = *holdings_.lock();
  std::vector<HeldToken> held;
  for (const auto& [end, holding] : holdings) {
    if (!alone.check(*holding.who)) held.push_back(holding.held);
  }
  return held;
}

}  // namespace hubwarden::delivery

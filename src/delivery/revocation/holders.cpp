#include "delivery/revocation/holders.h"

#include <ranges>

#include "auth/revocation_index.h"
#include "delivery/revocation/holder_names.h"

namespace hubwarden::delivery {
namespace {

// On a loop that callers wait for: well below a tenth of a second.
constexpr std::size_t kMostSharedAgain = 5'000;

}  // namespace

void Holders::note(auth::PrincipalPtr who, tokens::HeldToken held, const std::vector<std::string>& keys,
                   TimePoint now) {
  const TimePoint end = held.token->expires_at();
  shared_.note(holder_names(*who), held, keys);
  auto holdings = holdings_.lock();
  holdings->erase(holdings->begin(), holdings->upper_bound(now));
  if (holdings->size() >= kMost) holdings->erase(holdings->begin());
  holdings->emplace(end, Holding(std::move(who), std::move(held)));
}

void Holders::share_again(const KeysOf& keys_of) const {
  std::vector<Holding> last;
  {
    auto holdings = holdings_.lock();
    for (auto each = holdings->rbegin(); each != holdings->rend() && last.size() < kMostSharedAgain; ++each) {
      last.push_back(each->second);
    }
  }
  // The queue drops what came first.
  for (const Holding& each : std::views::reverse(last)) {
    shared_.note(holder_names(*each.who), each.held, keys_of(each.held));
  }
}

std::vector<tokens::HeldToken> Holders::of(const store::Revocation& revocation) const {
  // Whom it refuses when it is the only one.
  auth::RevocationIndex alone;
  alone.apply(revocation.id, revocation);
  // A copy: whoever is given a token does not wait for all of them to be looked at.
  const Holdings holdings = *holdings_.lock();
  std::vector<tokens::HeldToken> held;
  for (const auto& [end, holding] : holdings) {
    if (!alone.check(*holding.who)) held.push_back(holding.held);
  }
  return held;
}

}  // namespace hubwarden::delivery

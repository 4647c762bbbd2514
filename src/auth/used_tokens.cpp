#include "auth/used_tokens.h"

namespace hubwarden::auth {

net::Task<bool> MemoryUsedTokens::is_first(crypto::Digest digest, TimePoint ends) {
  const TimePoint now = clock_.now();
  auto all = ends_.lock();
  if (all->size() >= kMax) std::erase_if(*all, [now](const auto& used) { return used.second <= now; });
  if (all->size() >= kMax) co_return false;
  const auto [place, is_new] = all->try_emplace(digest, ends);
  if (!is_new && place->second <= now) {
    place->second = ends;
    co_return true;
  }
  co_return is_new;
}

}  // namespace hubwarden::auth

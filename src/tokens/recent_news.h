#pragma once

// What GitHub has told lately. What another replica has learned before that is not to be believed, though it
// still lies where replicas share it: nobody can look for all that the news touches there.
//
//   news.note(touched, clock.now());
//   if (!news.any([&](const Touched& each) { return each.token(scope) && !each.is_known_to(minted); })) …
//
// Thread-safe.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>

#include "base/guarded.h"
#include "tokens/touched.h"

namespace hubwarden::tokens {

class RecentNews {
 public:
  void note(Touched touched, TimePoint now) {
    const TimePoint told = std::min(touched.told_at(), now);
    auto news = news_.lock();
    while (!news->empty() && (news->size() >= kMost || news->front().told_at() + kGoodFor < now)) {
      news->pop_front();
    }
    news->push_back(std::move(touched).as_of(told));
  }

  template <class Predicate>
  bool any(const Predicate& concerns) const {
    return std::ranges::any_of(*news_.lock(), concerns);
  }

 private:
  // Longer than anything is shared.
  static constexpr Duration kGoodFor = std::chrono::minutes(65);
  // Of an hour in which an organisation is taken apart; each is looked at before a mint.
  static constexpr std::size_t kMost = 4096;

  mutable Guarded<std::deque<Touched>> news_;
};

}  // namespace hubwarden::tokens

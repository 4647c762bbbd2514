#pragma once

// Shared ends in one process: those who share one of these behave like replicas that share Redis.

#include <map>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "tokens/shared_ends.h"

namespace hubwarden::tokens {

// Thread-safe.
class MemorySharedEnds final : public SharedEnds {
 public:
  net::Task<bool> keep(EndingPtr ending) override {
    ends_.lock()->insert_or_assign(std::string(ending->token.reveal()),
                                   Kept{ending, ending->due + std::chrono::duration_cast<Span>(kGrace)});
    co_return true;
  }

  net::Task<> drop(EndingPtr ending) override {
    ends_.lock()->erase(std::string(ending->token.reveal()));
    co_return;
  }

  net::Task<std::vector<EndingPtr>> claim(std::string host, TimePoint now, std::size_t most) override {
    std::vector<EndingPtr> claimed;
    auto ends = ends_.lock();
    for (auto& [token, kept] : *ends) {
      if (kept.ending->app.host() != host || kept.free_at > now || claimed.size() == most) continue;
      kept.free_at = now + std::chrono::duration_cast<Span>(kClaim);
      claimed.push_back(kept.ending);
    }
    co_return claimed;
  }

  std::size_t size() { return ends_.lock()->size(); }

 private:
  using Span = TimePoint::duration;
  struct Kept {
    EndingPtr ending;
    TimePoint free_at;
  };

  Guarded<std::map<std::string, Kept>> ends_;
};

}  // namespace hubwarden::tokens

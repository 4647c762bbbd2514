#pragma once

// Shared places in one process: look-ups that share one of these behave like replicas that share Redis.

#include <string>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"
#include "tokens/shared_places.h"

namespace hubwarden::tokens {

// Thread-safe.
class MemorySharedPlaces final : public SharedPlaces {
 public:
  explicit MemorySharedPlaces(const Clock& clock) : clock_(clock) {}

  net::Task<std::optional<PlaceAnswer>> find(std::string key) override {
    auto places = places_.lock();
    const auto found = places->find(key);
    if (found == places->end() || clock_.steady_now() >= found->second.until) co_return std::nullopt;
    co_return found->second.answer;
  }

  net::Task<> keep(std::string key, PlaceAnswer answer, Duration for_how_long) override {
    const auto length = std::chrono::duration_cast<SteadyPoint::duration>(for_how_long);
    Kept kept(std::move(answer), clock_.steady_now() + length);
    places_.lock()->insert_or_assign(std::move(key), std::move(kept));
    co_return;
  }

 private:
  struct Kept {
    Kept(PlaceAnswer answer_, SteadyPoint until_) : answer(std::move(answer_)), until(until_) {}
    PlaceAnswer answer;
    SteadyPoint until;
  };

  const Clock& clock_;
  Guarded<std::unordered_map<std::string, Kept>> places_;
};

}  // namespace hubwarden::tokens

#pragma once

// Where repositories are and where not, as the replicas of a fleet have found out: one question to GitHub for
// all. A replica that is alone has `NoSharedPlaces`.
//
// Nothing here fails: what is away or slow knows nothing.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "net/task.h"
#include "tokens/directory.h"
#include "tokens/shared_cache.h"

namespace hubwarden::tokens {

struct SharedPlace {
  SharedPlace(AppRef app_, Found found_, TimePoint found_at_)
      : app(std::move(app_)), found(found_), found_at(found_at_) {}

  AppRef app;
  Found found;
  TimePoint found_at;  // by GitHub's clock
};

// The place, or why there is none for the time being.
using PlaceAnswer = std::variant<SharedPlace, SharedFailure>;

class SharedPlaces {
 public:
  virtual ~SharedPlaces() = default;
  // `key` names a host and a repository.
  virtual net::Task<std::optional<PlaceAnswer>> find(std::string key) = 0;
  virtual net::Task<> keep(std::string key, PlaceAnswer answer, Duration for_how_long) = 0;
};

class NoSharedPlaces final : public SharedPlaces {
 public:
  net::Task<std::optional<PlaceAnswer>> find(std::string) override { co_return std::nullopt; }
  net::Task<> keep(std::string, PlaceAnswer, Duration) override { co_return; }
};

}  // namespace hubwarden::tokens

#pragma once

// The second tier: what the replicas of a fleet share. A replica that is alone has `Alone`.
//
// Nothing here fails: a tier that is away or slow finds nothing and grants every lease, so that a request
// goes on with what its own replica knows.

#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/task.h"
#include "tokens/failure.h"
#include "tokens/minter.h"

namespace hubwarden::tokens {

// A mint that failed, and when: by GitHub's clock, so that news can be told to be later.
struct SharedFailure {
  SharedFailure(Failure failure_, TimePoint met_at_) : failure(std::move(failure_)), met_at(met_at_) {}

  Failure failure;
  TimePoint met_at;
};

// What was found, if anything, and how long the tier took: not what the caller's own loop took to come back.
struct SharedFind {
  SharedFind() = default;
  explicit SharedFind(std::optional<Minted> minted_) : minted(std::move(minted_)) {}

  std::optional<Minted> minted;
  Duration took = Duration::zero();
};

// What came of asking for the right to mint.
struct LeaseAnswer {
  enum class Kind { kTaken, kAnothers, kPaused };

  explicit LeaseAnswer(Kind kind_ = Kind::kTaken, std::optional<SharedFailure> last_failure_ = std::nullopt)
      : kind(kind_), last_failure(std::move(last_failure_)) {}

  Kind kind;
  // Paused: the one that is to be answered until its time is over. Taken: the last attempt's, if it failed.
  std::optional<SharedFailure> last_failure;
  // Taken: what is kept under the same key by then. Somebody may have minted since that was looked for.
  std::optional<Minted> kept;
  Duration took = Duration::zero();  // as SharedFind's
};

// Whether a pause after a failure keeps others from trying.
enum class Pauses { kHeed, kIgnore };

// Whether what is kept there already stays.
enum class Keep { kReplace, kIfMissing };

class SharedCache {
 public:
  virtual ~SharedCache() = default;
  virtual net::Task<SharedFind> find(std::string key) = 0;
  virtual net::Task<> keep(std::string key, Minted minted, Duration for_how_long, Keep how) = 0;
  // Forgets that very token; a newer one stays.
  virtual net::Task<> forget(std::string key, TokenPtr token) = 0;

  // The right to mint for `key`. It ends by itself, so that a holder that died blocks nobody.
  virtual net::Task<LeaseAnswer> take_lease(std::string key, std::string owner, Duration for_how_long,
                                            Pauses pauses) = 0;
  // Gives the lease back if `owner` still holds it, with the failure of its mint or none, and wakes those who
  // wait.
  virtual net::Task<> release_lease(std::string key, std::string owner,
                                    std::optional<SharedFailure> failure) = 0;
  // Until the lease on `key` is released or `deadline`, whichever comes first. Tells how much of that was
  // spent on a tier that is slow, not on the lease.
  virtual net::Task<Duration> wait_for_release(std::string key, SteadyPoint deadline) = 0;
};

class Alone final : public SharedCache {
 public:
  net::Task<SharedFind> find(std::string) override { co_return SharedFind(); }
  net::Task<> keep(std::string, Minted, Duration, Keep) override { co_return; }
  net::Task<> forget(std::string, TokenPtr) override { co_return; }
  net::Task<LeaseAnswer> take_lease(std::string, std::string, Duration, Pauses) override {
    co_return LeaseAnswer(LeaseAnswer::Kind::kTaken);
  }
  net::Task<> release_lease(std::string, std::string, std::optional<SharedFailure>) override { co_return; }
  net::Task<Duration> wait_for_release(std::string, SteadyPoint) override { co_return Duration::zero(); }
};

}  // namespace hubwarden::tokens

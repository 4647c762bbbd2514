#pragma once

// `get` and `erase`: what is decided, in which order. Time, chance, waiting and hubwarden are given.

#include <optional>
#include <string>
#include <vector>

#include "apps/git-credential-hubwarden/attempts.h"
#include "apps/git-credential-hubwarden/broker.h"
#include "apps/git-credential-hubwarden/question.h"
#include "apps/git-credential-hubwarden/record_file.h"
#include "base/clock.h"
#include "base/random.h"

namespace hubwarden::git_credential {

// How this program waits: nanosleep(2), or a manual clock that moves.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  virtual void sleep_until(SteadyPoint when) = 0;
};

class SystemSleeper final : public Sleeper {
 public:
  void sleep_until(SteadyPoint when) override;
};

struct World {
  World(const Clock& clock_, Random& random_, Sleeper& sleeper_, Broker& broker_)
      : clock(clock_), random(random_), sleeper(sleeper_), broker(broker_) {}

  const Clock& clock;
  Random& random;
  Sleeper& sleeper;
  Broker& broker;
  Patience patience;
  // How long another process may hold the lock. After that this one asks for itself: the other may be
  // stopped.
  Duration lock_patience = std::chrono::seconds(4);
};

struct Outcome {
  explicit Outcome(Result<Token> token_) : token(std::move(token_)) {}
  Result<Token> token;
  std::vector<std::string> warnings;  // for stderr, even when there is a token
};

// A token for the question: from the record when it is recent, from hubwarden otherwise, from the record
// again when hubwarden is away and the token in it still lives. `record` may be null. Processes that ask the
// same at the same time make one request.
Outcome get(const Question& question, RecordFile* record, World& world);

// Drops the record if it holds this very token, and tells hubwarden that GitHub refused it.
Result<void> erase(const Secret& token, RecordFile* record, World& world);

}  // namespace hubwarden::git_credential

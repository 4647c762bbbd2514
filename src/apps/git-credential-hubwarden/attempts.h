#pragma once

// When to ask hubwarden again and when to give up: a machine without clock or socket.
//
//   Attempts attempts(Patience(), clock.steady_now(), Attempts::Fallback::kNone);
//   while (true) {
//     Result<Token> token = ask(attempts.deadline());
//     if (token) return token;
//     auto again = attempts.next(token.error(), clock.steady_now(), random);
//     if (!again) return token;
//     sleep_until(*again);
//   }

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

namespace hubwarden::git_credential {

struct Patience {
  // A person at a terminal, or an agent's step, waits this long for git before it looks stuck.
  Duration total = std::chrono::seconds(10);
  // With a valid token at hand nothing is won by waiting longer than a healthy mint takes.
  Duration with_fallback = std::chrono::seconds(3);
  Duration first_pause = std::chrono::milliseconds(100);
  Duration longest_pause = std::chrono::seconds(2);
  // An attempt with less than this left would be lost anyway.
  Duration least_attempt = std::chrono::milliseconds(250);
};

class Attempts {
 public:
  enum class Fallback { kNone, kAtHand };

  Attempts(Patience patience, SteadyPoint start, Fallback fallback);

  // Of all attempts together.
  SteadyPoint deadline() const { return deadline_; }

  // When to ask again after `failure`; nothing means give up. Only what passes by itself (`fix: wait`) is
  // asked again; hubwarden's own `retry_after` is kept, or there is no other attempt. With a fallback there
  // is one attempt.
  std::optional<SteadyPoint> next(const Error& failure, SteadyPoint now, Random& random);

 private:
  Patience patience_;
  Fallback fallback_;
  SteadyPoint deadline_;
  Duration pause_;
};

}  // namespace hubwarden::git_credential

#pragma once

// Takes tokens back: out of both tiers, and at GitHub, some at a time. What GitHub does not take back now is
// tried again until it does (token_ends.h).
//
//   Withdrawer withdrawer({clock, timers, engine, ends}, app);
//   Withdrawn done = co_await withdrawer.withdraw([&](const Scope& scope) { return stop.covers(scope); },
//   {});
//
// Of one host. Threads: any.

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tokens/engine.h"
#include "tokens/shared_sweep.h"
#include "tokens/token_ends.h"

namespace hubwarden::tokens {

// A token that GitHub may still take, or several that nobody can name.
struct LeftOver {
  LeftOver(std::string fingerprint_, TimePoint until_, std::string why_)
      : fingerprint(std::move(fingerprint_)), until(until_), why(std::move(why_)) {}

  std::string fingerprint;
  TimePoint until;  // the end of time: nobody knows
  std::string why;
};

struct Withdrawn {
  Withdrawn() = default;

  std::size_t revoked = 0;
  std::vector<LeftOver> left_over;

  Withdrawn& operator+=(Withdrawn also);
};

// What of the second tier may still live: up to an hour from now, unless it is known better.
std::vector<LeftOver> left_over_of(const Swept& swept, TimePoint now);

class Withdrawer {
 public:
  struct Parts {
    const Clock& clock;  // GitHub's time, as far as it is known
    net::Timers& timers;
    TokenEngine& engine;
    TokenEnds& ends;
  };
  // Callers come first: GitHub allows 100 requests at a time.
  static constexpr std::size_t kAtOnce = 16;
  // After which what GitHub has not answered yet is told as left over, and goes on by itself.
  static constexpr std::chrono::seconds kPatience{20};
  // GitHub's tokens live for an hour.
  static constexpr Duration kLife = std::chrono::hours(1);

  // `any_app` of the host: a token speaks for itself.
  Withdrawer(Parts parts, AppRef any_app) : parts_(parts), any_app_(std::move(any_app)) {}

  // What this replica holds for a scope that is concerned, and `in_hands`.
  net::Task<Withdrawn> withdraw(std::function<bool(const Scope&)> concerns, std::vector<TokenPtr> in_hands);
  // One that nobody has: behind the caller's back.
  void take_back(const TokenPtr& token, const net::Executor& executor);

 private:
  struct Work;

  Ending ending_of(const Token& token) const;
  net::Task<> work_off(std::shared_ptr<Work> work);
  net::Task<> take_all(Work& work, std::function<bool(const Scope&)> concerns,
                       std::vector<TokenPtr> in_hands);

  Parts parts_;
  AppRef any_app_;
};

}  // namespace hubwarden::tokens

#pragma once

// Who has which token, in Redis: sealed, by the token's end. Redis away: what was to be noted is not there.
//
//   SharedHoldings holdings({executor, redis, tokens, timers, clock, random, metrics}, keys);
//   …
//   co_await holdings.stop();     // what was noted is there; nothing is noted any more
//
// For each holder at each host a sorted set of names, by when the token has ended, and a hash with what the
// names stand for: under which keys of SharedTokens it lies, with a space between them, a newline, and the
// token, sealed. Source: docs/fleet.md. Threads: any.

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "fleet/patient_ask.h"
#include "fleet/seal_keys.h"
#include "fleet/shared_tokens.h"
#include "net/loops.h"
#include "net/timers.h"
#include "obs/metrics.h"
#include "redis/client.h"
#include "tokens/shared_holdings.h"

namespace hubwarden::fleet {

class SharedHoldings final : public tokens::SharedHoldings {
 public:
  struct Parts {
    net::Executor executor;  // for what is noted
    redis::Client& redis;
    SharedTokens& tokens;  // nobody finds there any more what is found here
    net::Timers& timers;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
  };

  // All of `parts`, and the keys, outlive it.
  SharedHoldings(Parts parts, const SealKeys& keys);

  // Of the App's own alone: others are not hubwarden's to take back.
  void note(std::vector<std::string> holders, const tokens::HeldToken& held,
            const std::vector<std::string>& keys) override;
  net::Task<tokens::Swept> of(std::string host, std::string holder) override;
  net::Task<> stop();

  // Of one holder at one host; beyond it the one that ends first is not known any more.
  static constexpr std::size_t kMost = 1000;
  // What is to be noted, at 400 bytes each; beyond it what waits longest is not noted.
  static constexpr std::size_t kMostWaiting = 10'000;
  static constexpr std::size_t kAtOnce = 16;
  // GitHub has ended by then whatever is there.
  static constexpr Duration kKept = std::chrono::minutes(65);
  // An operator waits for it.
  static constexpr std::chrono::seconds kPatience{5};

 private:
  struct Note {
    Note(std::string holder_, tokens::HeldToken held_, std::string lies_at_)
        : holder(std::move(holder_)), held(std::move(held_)), lies_at(std::move(lies_at_)) {}
    std::string holder;
    tokens::HeldToken held;
    std::string lies_at;  // names in Redis, with a space between them
  };
  struct Queue {
    Queue() = default;
    std::deque<Note> waiting;
    std::size_t lanes = 0;  // that work it off
  };

  std::optional<Note> next();
  net::Task<> work_off();
  net::Task<> keep(Note note);
  net::Task<> open_page(std::string place, std::vector<std::string> names, Patience patience,
                        tokens::Swept& found, std::string host);
  tokens::TokenPtr opened(std::string_view name, std::string_view sealed) const;
  net::Task<> take_out(std::string lies_at, tokens::TokenPtr token);

  Parts parts_;
  const SealKeys& keys_;
  Guarded<Queue> queue_;
  obs::CounterFamily& notes_;
};

}  // namespace hubwarden::fleet

#pragma once

// What replicas tell each other, in a stream that all of them read: nothing is lost by whoever was away for
// less than an hour. Publishing is only the wake-up; each second everybody looks for itself. That look is
// also how replicas count each other.
//
//   Journal journal({redis, timers, clock, random, log, metrics}, keys, [&](News news) { return
//   act_on(std::move(news)); }); net::spawn(executor, journal.run(), …); journal.tell(github_clock.now(),
//   "github.com", touched);    // soon, and again until Redis has it Ear ear{[&](std::string_view message) {
//   journal.heard(message); }, [&] { journal.look_back(); }}; co_await journal.stop();
//
// Redis away: what is told waits here, what the others tell is read when it is back; what it had forgotten by
// then is told again. Keys: docs/fleet.md. Threads: any; what is heard is told on the loop of run().

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/lru.h"
#include "base/random.h"
#include "fleet/news.h"
#include "fleet/seal_keys.h"
#include "net/event.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "redis/client.h"

namespace hubwarden::fleet {

class Journal {
 public:
  struct Parts {
    redis::Client& redis;
    net::Timers& timers;
    const Clock& clock;
    Random& random;
    obs::Log& log;
    obs::Metrics& metrics;
  };
  // Of what other replicas tell, each piece once; the next one waits until it is done.
  using Hear = std::function<net::Task<>(News)>;
  // Redis did not know this replica: it has lost what it had, or this one begins.
  using Restore = std::function<net::Task<>()>;

  Journal(Parts parts, const SealKeys& keys, Hear hear, Restore restore);

  // `told_at` by the clock of that GitHub.
  void tell(TimePoint told_at, std::string host, Change change);
  // A message on the channel.
  void heard(std::string_view message);
  // Something may have been missed: everything is read again, and what was told lately is told again.
  void look_back();

  // Those seen by the last look, this one among them; while Redis is away, by the last one before.
  std::size_t replicas() const { return replicas_.load(); }

  // Until stop().
  net::Task<> run();
  net::Task<> stop();

  static constexpr SteadyPoint::duration kLook = std::chrono::seconds(1);
  // A replica that has not looked for so long is not counted any more.
  static constexpr Duration kCounted = std::chrono::seconds(5);
  // For so long a piece of news is in the stream: longer than anything that it can touch is shared.
  static constexpr Duration kKept = std::chrono::minutes(65);
  // What Redis took within this time is told again when it may have been lost.
  static constexpr SteadyPoint::duration kToldAgain = std::chrono::minutes(1);
  static constexpr std::size_t kMostKept = 10'000;
  // More are not believed: shares would be nothing.
  static constexpr std::int64_t kMostReplicas = 1000;

 private:
  struct Outgoing {
    Outgoing(std::string sealed_) : sealed(std::move(sealed_)) {}
    std::string sealed;
    std::optional<SteadyPoint> taken_at;  // by Redis
  };
  using OutgoingPtr = std::shared_ptr<Outgoing>;
  struct State {
    State() = default;
    std::deque<OutgoingPtr> outgoing;  // the oldest first, for a while also when taken
    std::shared_ptr<net::Event> due = std::make_shared<net::Event>();
    Lru<std::uint64_t, bool> known{2 * kMostKept};  // told or heard, by id
    std::string last = "0-0";                       // that was read
  };

  void make_due();
  OutgoingPtr next_outgoing();
  net::Task<> send();
  net::Task<> look();
  net::Task<bool> read_some();
  std::optional<News> news_in(const redis::Reply& entry);

  Parts parts_;
  const SealKeys& keys_;
  Hear hear_;
  Restore restore_;
  obs::Gauge& gauge_;
  const std::string name_;  // of this replica, for the count
  std::atomic<std::size_t> replicas_{1};
  Guarded<State> state_;
  net::Event stopping_;
  net::Event stopped_;
  std::atomic<bool> is_running_{false};
};

}  // namespace hubwarden::fleet

#pragma once

// Many callers, one piece of work: the first to join a key's flight does it, the others wait for its landing.
// Thread-safe. Callbacks run on the landing thread and outside the lock; each posts to where its waiter
// lives.
//
//   auto joined = flights.join(key, [=](const Value& v) { … });
//   if (joined.first) start_work(key);        // which calls flights.land(key, value) exactly once
//   …
//   flights.leave(key, joined.ticket);        // a waiter gives up; the flight goes on

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/text.h"

namespace hubwarden {

template <class Value>
class SingleFlight {
 public:
  using Callback = std::move_only_function<void(const Value&)>;
  using Ticket = std::uint64_t;

  struct Joined {
    bool first;
    Ticket ticket;
  };

  Joined join(std::string_view key, Callback callback) {
    auto flights = shard(key).lock();
    auto [flight, first] = flights->waiting.try_emplace(std::string(key));
    const Ticket ticket = ++flights->last_ticket;
    flight->second.emplace_back(ticket, std::move(callback));
    return {first, ticket};
  }

  // Joins only what is in the air; else the callback stays with the caller.
  std::optional<Ticket> join_in_flight(std::string_view key, Callback& callback) {
    auto flights = shard(key).lock();
    const auto flight = flights->waiting.find(key);
    if (flight == flights->waiting.end()) return std::nullopt;
    const Ticket ticket = ++flights->last_ticket;
    flight->second.emplace_back(ticket, std::move(callback));
    return ticket;
  }

  // Starts a flight that nobody waits for; false when one is in the air.
  bool start(std::string_view key) { return shard(key).lock()->waiting.try_emplace(std::string(key)).second; }

  void leave(std::string_view key, Ticket ticket) {
    auto flights = shard(key).lock();
    const auto flight = flights->waiting.find(key);
    if (flight == flights->waiting.end()) return;
    std::erase_if(flight->second, [ticket](const auto& waiter) { return waiter.first == ticket; });
  }

  void land(std::string_view key, const Value& value) {
    Waiters waiters;
    {
      auto flights = shard(key).lock();
      const auto flight = flights->waiting.find(key);
      if (flight == flights->waiting.end()) return;
      waiters = std::move(flight->second);
      flights->waiting.erase(flight);
    }
    for (auto& [ticket, callback] : waiters) callback(value);
  }

  bool in_flight(std::string_view key) { return shard(key).lock()->waiting.contains(key); }

 private:
  using Waiters = std::vector<std::pair<Ticket, Callback>>;
  struct Flights {
    std::unordered_map<std::string, Waiters, TextHash, std::equal_to<>> waiting;
    Ticket last_ticket = 0;
  };

  // Enough that two cores seldom meet at one lock.
  static constexpr std::size_t kShards = 16;

  Guarded<Flights>& shard(std::string_view key) { return shards_[TextHash{}(key) % kShards]; }

  std::array<Guarded<Flights>, kShards> shards_;
};

}  // namespace hubwarden

#pragma once

// What a record of a chain says: something that happened, or something about the chain itself.

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "ledger/event.h"
#include "store/ledger_segment.h"

namespace hubwarden::ledger {

using store::LedgerHead;
using store::ReplicaId;

// The first record of a chain, and nothing else. It names the last record of every other chain that is known,
// so that what is removed of them afterwards is missed.
struct ChainStarted {
  ChainStarted(TimePoint when, std::vector<LedgerHead> known) : at(when), heads(std::move(known)) {}

  // A line of 32 KiB; the chains that ended before these were named by the starts of these.
  static constexpr std::size_t kMaxHeads = 256;

  TimePoint at;
  std::vector<LedgerHead> heads;  // in the order of the replicas, each once

  friend bool operator==(const ChainStarted&, const ChainStarted&) = default;
};

// Signed: vouches for everything before it.
struct Checkpoint {
  explicit Checkpoint(TimePoint when) : at(when) {}
  TimePoint at;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The last record of a chain whose replica was stopped in order.
struct ChainEnded {
  explicit ChainEnded(TimePoint when) : at(when) {}
  TimePoint at;
  friend bool operator==(const ChainEnded&, const ChainEnded&) = default;
};

// More came than could be written; so many are nowhere.
struct EventsLost {
  EventsLost(TimePoint when, std::uint64_t how_many) : at(when), count(how_many) {}
  TimePoint at;
  std::uint64_t count;
  friend bool operator==(const EventsLost&, const EventsLost&) = default;
};

using Body = std::variant<Event, ChainStarted, Checkpoint, ChainEnded, EventsLost>;

// Signed records, which only the holder of the key can make.
inline bool is_signed(const Body& body) {
  return std::holds_alternative<ChainStarted>(body) || std::holds_alternative<Checkpoint>(body) ||
         std::holds_alternative<ChainEnded>(body);
}

inline TimePoint time_of(const Body& body) {
  return std::visit([](const auto& each) { return each.at; }, body);
}

}  // namespace hubwarden::ledger

#pragma once

// A handle's budget as the replicas of a fleet share it: what Redis is asked, and what it answers. Pure.
//
//   std::vector<std::string> words = acquire_words(names, standing, lease);   // one script, one step
//   …                                                                          // Redis is asked
//   const Result<BudgetWord> word = read_word(reply, kReservation);
//
// Two keys of one slot, both with an end that each script sets anew:
//
//   …:leases  a sorted set: the calls in flight, by when their lease ends (milliseconds, by Redis' clock)
//   …:spent   a hash:
//               memory                    a random name, as old as the hash: of another one, nothing is left
//               version                   counts the changes
//               requests, bytes           spent since the memory began
//               old_requests, old_bytes   and before that, by the greatest that any replica knows
//               r:<lease>                 bytes that are set aside for a call in flight
//               q:<replica>, b:<replica>  requests and bytes that it spent without Redis and has told of
//
// A lease that ends by itself leaves what was set aside for it spent: nobody can tell how much its call used.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "fleet/key_names.h"
#include "policy/budget_limits.h"
#include "redis/reply.h"

namespace hubwarden::fleet {

// What a replica brings along to every question. What it knows and Redis does not, Redis takes over.
struct BudgetStanding {
  BudgetStanding() = default;

  policy::BudgetLimits limits;
  Duration kept{};            // for how long the keys stay when nobody asks again
  Duration lease{};           // a lease's length
  std::string replica;        // its random name
  std::string new_memory;     // the name of the memory that may begin if there is none; empty: it may not
  std::string memory;         // the one that `version` and `spent` are of; empty: none has been seen
  std::uint64_t version = 0;  // the last that was seen
  policy::BudgetSpent spent;
  policy::BudgetSpent recorded;  // by the durable records: what a new memory begins with
  policy::BudgetSpent alone;     // spent without Redis by this replica, ever
  policy::BudgetSpent told;      // how much of that Redis has certainly counted
};

// A lease as its holder sees it.
struct LeaseStanding {
  explicit LeaseStanding(std::string name) : lease(std::move(name)) {}

  std::string lease;
  std::string memory;          // in which it lies; empty: in none yet
  std::uint64_t reserved = 0;  // by the last word about it
  std::uint64_t used = 0;      // since that; beyond `reserved` by writes alone
  bool was_sent = true;        // false: its request comes back when it ends
};

// A slot, a request, and up to BudgetState::kReservation bytes.
std::vector<std::string> acquire_words(const KeyNames& names, const BudgetStanding& standing,
                                       const std::string& lease);
// Tells what was used and sets aside `piece` bytes anew, and up to `ahead` more.
std::vector<std::string> extend_words(const KeyNames& names, const BudgetStanding& standing,
                                      const LeaseStanding& lease, std::uint64_t piece, std::uint64_t ahead);
// Tells which leases have ended and which live on, and what was spent without Redis.
std::vector<std::string> tell_words(const KeyNames& names, const BudgetStanding& standing,
                                    const std::vector<LeaseStanding>& ended,
                                    const std::vector<LeaseStanding>& living);

enum class BudgetVerdict { kGranted, kRequestsSpent, kBytesSpent, kSlotsInUse, kBytesInUse, kNoMemory };

struct BudgetWord {
  BudgetWord() = default;

  BudgetVerdict verdict = BudgetVerdict::kNoMemory;
  std::string memory;
  std::uint64_t version = 0;
  policy::BudgetSpent spent;
  std::uint64_t reserved = 0;  // by all calls in flight
  std::uint64_t granted = 0;   // to the lease that was asked for
};

// `unavailable` for whatever is no such answer, a grant of more than `most` among it.
Result<BudgetWord> read_word(const redis::Reply& reply, std::uint64_t most);

}  // namespace hubwarden::fleet

#pragma once

// What one replica knows of a budget that the fleet shares, and of its own calls' places in it. Pure: it says
// what is to be asked; shared_budgets.cpp asks.
//
//   BudgetBooks books(limits, recorded);
//   books.take(word, standing);                        // whatever Redis said, about whatever
//   books.end_share();                                 // once the others have told it, too
//   books.add(lease, kind, deadline, word);            // it granted
//   books.add_alone(lease, kind, deadline, replicas);  // or it is away: from this replica's share
//   books.spend(lease, bytes, now) …                   // kDone, or kShort: more must be set aside first
//   books.end(lease, was_sent);                        // and is told with the next take_news()
//
// What holds of the limits, for the sum over all replicas. As long as Redis remembers, none is ever exceeded,
// but for answers of writes: leases are granted there alone, in one step. Without Redis each replica
// grants no more than its share of what was left as far as it knew (BudgetShare), and never
// takes it twice: Redis, when it is back, is told what was spent of it, once, and the share is in force until
// all others had the time to tell theirs. So the sum may exceed a limit by no more than what replicas did not
// know of each other: what one spent in the seconds before it lost Redis, since the other last asked Redis or
// read the records; and all of its share when it alone lost Redis. In the same way a Redis that forgot
// everything begins with the greatest that any replica or the records know, and calls that were in flight
// have their places again with their next renewal.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "fleet/budget_script.h"
#include "fleet/budget_share.h"
#include "policy/budget_state.h"

namespace hubwarden::fleet {

class BudgetBooks {
 public:
  // More than that many ends that Redis was not told of are not remembered: it lets such leases end by
  // itself.
  static constexpr std::size_t kMaxEnded = 200;
  // An answer that streams is asked for in pieces that grow up to this.
  static constexpr std::uint64_t kMaxAhead = 1 << 20;

  // `recorded`: spent by the durable records.
  BudgetBooks(policy::BudgetLimits limits, policy::BudgetSpent recorded);

  // The part of a question that is about what is known here.
  BudgetStanding standing() const;
  // What Redis answered to a question with that standing.
  void take(const BudgetWord& word, const BudgetStanding& asked);
  void take_recorded(policy::BudgetSpent recorded);
  bool has_share() const { return share_.has_value(); }
  void end_share() { share_.reset(); }

  void add(std::string lease, policy::CallKind kind, SteadyPoint deadline, const BudgetWord& word);
  Result<> add_alone(std::string lease, policy::CallKind kind, SteadyPoint deadline, std::uint64_t replicas);
  // Nobody knows whether Redis granted it, or still will: if it does, that is undone, until its lease would
  // have ended by itself.
  void add_unsure(std::string lease, SteadyPoint until);

  enum class Spending { kDone, kShort };
  // `budget_exceeded` for a read whose deadline is over. A write is never short.
  Result<Spending> spend(const std::string& lease, std::uint64_t bytes, SteadyPoint now);
  LeaseStanding standing_of(const std::string& lease) const;
  // How much to set aside beyond the next piece; more each time.
  std::uint64_t ahead_of(const std::string& lease);
  // Redis' word about extending it by that piece, which is spent with it.
  Result<> extend(const std::string& lease, std::uint64_t bytes, const BudgetWord& word);
  Result<> extend_alone(const std::string& lease, std::uint64_t bytes, std::uint64_t replicas);
  void end(const std::string& lease, bool was_sent);

  // What Redis is to be told. Until told() or not_told() there is nothing more of what has ended.
  struct News {
    News() = default;
    std::vector<LeaseStanding> ended;
    std::vector<LeaseStanding> living;
    SteadyPoint taken_at{};
  };
  News take_news(SteadyPoint now);
  void told(const News& news, const BudgetWord& word);
  void not_told();
  bool has_ended() const { return !ended_.empty(); }
  bool has_spent_alone() const { return untold() != policy::BudgetSpent(); }
  // Something is to be told, or a lease to be renewed.
  bool is_busy() const;

  policy::BudgetSpent spent() const;
  std::size_t in_flight() const { return held_.size(); }
  const policy::BudgetLimits& limits() const { return limits_; }

 private:
  struct Held {
    Held(std::string lease, policy::CallKind kind_, SteadyPoint until)
        : standing(std::move(lease)), kind(kind_), deadline(until) {}
    std::uint64_t left() const {
      return standing.reserved > standing.used ? standing.reserved - standing.used : 0;
    }

    LeaseStanding standing;  // in Redis
    policy::CallKind kind;
    SteadyPoint deadline;
    std::uint64_t ahead = policy::BudgetState::kReservation;
    bool is_alone = false;         // its request is the share's
    std::uint64_t from_share = 0;  // bytes of the share that are not used yet
    std::uint64_t share = 0;       // which share they are of
  };

  void ensure_share(std::uint64_t replicas);
  void return_to_share(Held& held);
  static void consume(Held& held, std::uint64_t bytes);
  policy::BudgetSpent untold() const;

  policy::BudgetLimits limits_;
  std::string memory_;
  std::uint64_t version_ = 0;
  policy::BudgetSpent known_;  // by all, as Redis last said
  std::uint64_t reserved_ = 0;
  policy::BudgetSpent recorded_;

  std::optional<BudgetShare> share_;  // while Redis is away
  std::uint64_t shares_ = 0;
  policy::BudgetSpent alone_;  // without Redis, ever; what is set aside counts until it is returned
  policy::BudgetSpent told_;

  std::map<std::string, Held> held_;
  std::vector<LeaseStanding> ended_;
  std::vector<LeaseStanding> being_told_;
  std::map<std::string, SteadyPoint> unsure_;
};

}  // namespace hubwarden::fleet

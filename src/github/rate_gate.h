#pragma once

// The whole state of one installation at the rate guard: its buckets, its secondary limit, what is in flight,
// the writes' pace, and who waits for a place or a turn.
//
//   gate.enter(waiter, now);             // settles the waiter at once, or lets it wait
//   gate.answered(ticket, answer, now);  // learns; gate.leave() gives the place back
//   for (const auto& waiter : gate.take_settled()) wake(waiter);
//
// A waiter is settled when its outcome says so: with a ticket, or with a refusal. Whenever something changes
// (an answer, a place, a moment that wake_at() names), pump() goes through the queue. A state machine without
// I/O; not thread-safe.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "github/fair_queue.h"
#include "github/moment.h"
#include "github/rate_ask.h"
#include "github/rate_bucket.h"
#include "github/rate_closed.h"
#include "github/rate_limit.h"
#include "github/secondary_limit.h"
#include "http/message.h"

namespace hubwarden::github {

// Of a request that may go out.
struct RateTicket {
  RateTicket(std::size_t bucket_, RateBucket::Ticket primary_, SecondaryLimit::Ticket secondary_)
      : bucket(bucket_), primary(primary_), secondary(secondary_) {}
  std::size_t bucket;
  RateBucket::Ticket primary;
  SecondaryLimit::Ticket secondary;
};

struct RateRefused {
  RateRefused(RateRefusal reason_, Duration wait_) : reason(reason_), wait(wait_) {}
  RateRefusal reason;
  Duration wait;
};

using RateOutcome = std::variant<std::monostate, RateTicket, RateRefused>;

struct RateWaiter {
  RateWaiter(RateAsk ask_, SteadyPoint until_) : ask(std::move(ask_)), until(until_) {}

  RateAsk ask;
  SteadyPoint until;  // it waits no longer than this
  std::size_t bucket = 0;
  RateOutcome outcome;

  bool is_settled() const { return outcome.index() != 0; }
};
using RateWaiterPtr = std::shared_ptr<RateWaiter>;  // of the coroutine that waits and of the queue

// What came of a request: views, valid for the call. Status 0 if there was no answer.
struct RateAnswer {
  RateAnswer(int status_, const http::Fields& fields, const Result<>& meaning_)
      : status(status_), seen(rate_limit_of(fields)), meaning(meaning_) {}
  int status;
  std::optional<RateLimit> seen;
  const Result<>& meaning;
};

class RateGate {
 public:
  explicit RateGate(const RateOptions& options) : options_(options) {}

  void enter(const RateWaiterPtr& waiter, Moment now);
  // A waiter that is not settled looks again: its time may be over, or something opened with time alone.
  void look(const RateWaiterPtr& waiter, Moment now);
  SteadyPoint wake_at(const RateWaiter& waiter, Moment now);
  // Not interested any more.
  void withdraw(const RateWaiterPtr& waiter);

  // Once for a ticket at most: what a request's answer teaches, or that there was none. The meaning, with the
  // wait that the limit now has.
  Result<> answered(const RateTicket& ticket, const RateAnswer& answer, Moment now);
  void lost(const RateTicket& ticket);
  void unused(const RateTicket& ticket);  // certainly not sent
  // Once for each ticket, after that: the place is free.
  void leave(Moment now);

  // Another replica was refused: closed here, too.
  void hear(const RateClosed& closed, Moment now);

  // Everybody who waits is sent away.
  void stop();
  std::vector<RateWaiterPtr> take_settled() { return std::exchange(settled_, {}); }

  std::size_t in_flight() const { return in_flight_; }
  std::size_t waiting() const { return queue_.size(); }
  bool is_busy() const { return in_flight_ > 0 || queue_.size() > 0; }
  // What can be closed: door 0 is the secondary limit, the others are the buckets.
  std::size_t doors() const { return 1 + buckets_.size(); }
  std::optional<SteadyPoint> closed_until(std::size_t door, Moment now);
  // Empty for the secondary limit.
  std::string_view resource_of(std::size_t door) const;
  bool is_closed(Moment now);

  // GitHub has 13; whatever else answers name shares the last bucket.
  static constexpr std::size_t kMaxResources = 32;

 private:
  struct Named {
    explicit Named(std::string_view resource_) : resource(resource_) {}
    std::string resource;
    RateBucket bucket;
  };

  std::size_t bucket_for(std::string_view resource);
  std::optional<RateRefused> refusal(const RateAsk& ask, std::size_t bucket, Moment now);
  std::size_t places() const;
  Duration write_interval() const { return options_.write_interval * options_.replicas(); }
  bool may_go(const RateAsk& ask, std::size_t bucket, Moment now);
  bool is_any_short(Moment now);
  std::optional<RateRefused> no_room(const RateWaiter& waiter, Moment now) const;
  SteadyPoint turn_of_write(std::string_view caller, SteadyPoint now) const;
  RateTicket start(const RateAsk& ask, std::size_t bucket, Moment now);
  void settle(const RateWaiterPtr& waiter, RateRefused refused);
  void pump(Moment now);
  void learn(const RateTicket& ticket, const RateAnswer& answer, Moment now);
  std::size_t bucket_of(const RateTicket& ticket, const RateAnswer& answer);
  Result<> told(const RateTicket& ticket, const RateAnswer& answer, Moment now);

  const RateOptions& options_;
  std::vector<Named> buckets_;
  SecondaryLimit secondary_;
  std::size_t in_flight_ = 0;
  SteadyPoint next_write_{};
  FairQueue<RateWaiterPtr> queue_;
  std::vector<RateWaiterPtr> settled_;
};

}  // namespace hubwarden::github

#include "github/rate_gate.h"

#include <algorithm>

#include "base/check.h"
#include "github/answers.h"

namespace hubwarden::github {
namespace {

constexpr int kNotModified = 304;
constexpr std::chrono::seconds kUnnamedWait(60);  // classify() names one for every limit

Urgency urgency_of(const RateAsk& ask) {
  return ask.is_background ? Urgency::kBackground : Urgency::kForeground;
}

bool is_limit(const RateAnswer& answer) {
  return !answer.meaning && answer.meaning.error().code() == ErrorCode::kRateLimited;
}

bool is_limit(const RateAnswer& answer, Limit limit) {
  return is_limit(answer) && answer.meaning.error().limit() == limit;
}

std::chrono::seconds wait_of(const RateAnswer& limit) {
  return limit.meaning.error().retry_after().value_or(kUnnamedWait);
}

// GitHub dealt with the request itself. Trouble (5xx) and unknown credentials (401) come before that.
bool is_taken(const RateAnswer& answer) {
  return answer.status >= 200 && answer.status < 500 && answer.status != 401 && !is_limit(answer);
}

// §5.8 of the facts: 304 does not count against the primary limit.
bool is_free(const RateAnswer& answer) {
  return answer.status == kNotModified || (!answer.meaning && answer.meaning.error().never_sent());
}

}  // namespace

std::size_t RateGate::bucket_for(std::string_view resource) {
  const auto found = std::ranges::find(buckets_, resource, &Named::resource);
  if (found != buckets_.end()) return static_cast<std::size_t>(found - buckets_.begin());
  if (buckets_.size() < kMaxResources) buckets_.emplace_back(resource);
  return buckets_.size() - 1;
}

// Of two limits the one that lasts longer: asking again before its end would be in vain.
std::optional<RateRefused> RateGate::refusal(const RateAsk& ask, std::size_t bucket, Moment now) {
  RateBucket& primary = buckets_[bucket].bucket;
  const RateBucket::Verdict verdict = primary.verdict(now, urgency_of(ask));
  const bool is_reserved = verdict == RateBucket::Verdict::kReserved;
  const std::optional<SteadyPoint> until =
      is_reserved ? primary.reserved_until(now) : primary.closed_until(now);
  const std::optional<SteadyPoint> held_off = secondary_.closed_until(now.steady);
  if (held_off && (!until || *held_off > *until)) {
    return RateRefused(RateRefusal::kSecondary, *held_off - now.steady);
  }
  if (!until) return std::nullopt;
  return RateRefused(is_reserved ? RateRefusal::kReserve : RateRefusal::kPrimary, *until - now.steady);
}

// The replicas of a fleet have no list of what is in flight: each has its share, and at least one.
std::size_t RateGate::places() const {
  return std::max<std::size_t>(options_.max_in_flight / options_.replicas(), 1);
}

bool RateGate::may_go(const RateAsk& ask, std::size_t bucket, Moment now) {
  if (in_flight_ >= places()) return false;
  if (ask.is_write && now.steady < next_write_) return false;
  if (secondary_.closed_until(now.steady) || secondary_.must_wait(now.steady)) return false;
  return buckets_[bucket].bucket.verdict(now, urgency_of(ask)) == RateBucket::Verdict::kAdmit;
}

RateTicket RateGate::start(const RateAsk& ask, std::size_t bucket, Moment now) {
  ++in_flight_;
  if (ask.is_write) next_write_ = after(now.steady, write_interval());
  return {bucket, buckets_[bucket].bucket.sent(now), secondary_.sent(now.steady)};
}

void RateGate::settle(const RateWaiterPtr& waiter, RateRefused refused) {
  waiter->outcome = refused;
  settled_.push_back(waiter);
}

// When a write that comes now would go, if nobody came after it.
SteadyPoint RateGate::turn_of_write(std::string_view caller, SteadyPoint now) const {
  const std::size_t ahead =
      queue_.ahead_of(caller, [](const RateWaiterPtr& each) { return each->ask.is_write; });
  return after(std::max(now, next_write_), write_interval() * ahead);
}

std::optional<RateRefused> RateGate::no_room(const RateWaiter& waiter, Moment now) const {
  if (waiter.ask.is_write) {
    const SteadyPoint turn = turn_of_write(waiter.ask.caller, now.steady);
    if (turn > waiter.until) return RateRefused(RateRefusal::kPace, turn - now.steady);
  }
  // By then, all that wait now have been served or have given up.
  if (queue_.size() >= options_.max_waiting) return RateRefused(RateRefusal::kQueue, options_.max_wait);
  if (queue_.size_of(waiter.ask.caller) >= options_.max_waiting_of_caller) {
    return RateRefused(RateRefusal::kCaller, options_.max_wait);
  }
  return std::nullopt;
}

void RateGate::enter(const RateWaiterPtr& waiter, Moment now) {
  waiter->bucket = bucket_for(waiter->ask.resource);
  std::optional<RateRefused> refused = refusal(waiter->ask, waiter->bucket, now);
  if (!refused) refused = no_room(*waiter, now);
  if (refused) return settle(waiter, *refused);
  queue_.push(waiter->ask.caller, waiter);
  look(waiter, now);
}

void RateGate::look(const RateWaiterPtr& waiter, Moment now) {
  pump(now);
  if (waiter->is_settled() || now.steady < waiter->until) return;
  withdraw(waiter);
  if (waiter->ask.is_write && now.steady < next_write_) {
    const SteadyPoint turn = turn_of_write(waiter->ask.caller, now.steady);
    return settle(waiter, RateRefused(RateRefusal::kPace, turn - now.steady));
  }
  settle(waiter, RateRefused(RateRefusal::kRoom, options_.max_wait));
}

void RateGate::withdraw(const RateWaiterPtr& waiter) {
  queue_.take_all([&](const RateWaiterPtr& each) { return each == waiter; });
}

SteadyPoint RateGate::wake_at(const RateWaiter& waiter, Moment now) {
  SteadyPoint at = waiter.until;
  const auto or_at = [&](SteadyPoint moment) {
    if (moment > now.steady) at = std::min(at, moment);
  };
  if (waiter.ask.is_write) or_at(next_write_);
  if (secondary_.must_wait(now.steady)) or_at(secondary_.look_again_at());
  RateBucket& bucket = buckets_[waiter.bucket].bucket;
  if (bucket.verdict(now, urgency_of(waiter.ask)) == RateBucket::Verdict::kWait)
    or_at(bucket.look_again_at());
  return at;
}

bool RateGate::is_any_short(Moment now) {
  return secondary_.closed_until(now.steady) || std::ranges::any_of(buckets_, [now](Named& each) {
           return each.bucket.closed_until(now) || each.bucket.reserved_until(now);
         });
}

void RateGate::pump(Moment now) {
  while (in_flight_ < places()) {
    const auto next =
        queue_.take([&](const RateWaiterPtr& waiter) { return may_go(waiter->ask, waiter->bucket, now); });
    if (!next) break;
    (*next)->outcome = start((*next)->ask, (*next)->bucket, now);
    settled_.push_back(*next);
  }
  // Nobody waits in front of a closed door.
  if (queue_.size() == 0 || !is_any_short(now)) return;
  const auto is_refused = [&](const RateWaiterPtr& waiter) {
    return refusal(waiter->ask, waiter->bucket, now).has_value();
  };
  for (const RateWaiterPtr& waiter : queue_.take_all(is_refused)) {
    settle(waiter, *refusal(waiter->ask, waiter->bucket, now));
  }
}

void RateGate::learn(const RateTicket& ticket, const RateAnswer& answer, Moment now) {
  const std::optional<RateLimit>& seen = answer.seen;
  const std::size_t counted = bucket_of(ticket, answer);
  RateBucket& asked = buckets_[ticket.bucket].bucket;
  RateBucket& named = buckets_[counted].bucket;
  if (is_free(answer) || counted != ticket.bucket) {
    asked.not_counted(ticket.primary);
    if (seen) named.learn(*seen, now);
  } else {
    asked.answered(ticket.primary, seen, now);
  }
  if (is_limit(answer, Limit::kPrimary)) named.limited(seen, after(now.steady, wait_of(answer)), now);
}

// Of the resource that GitHub counted it against, which is not always the one that was expected.
std::size_t RateGate::bucket_of(const RateTicket& ticket, const RateAnswer& answer) {
  return answer.seen && answer.seen->is_named ? bucket_for(answer.seen->resource) : ticket.bucket;
}

Result<> RateGate::answered(const RateTicket& ticket, const RateAnswer& answer, Moment now) {
  learn(ticket, answer, now);
  if (is_limit(answer, Limit::kSecondary)) {
    secondary_.limited(ticket.secondary, wait_of(answer), now.steady);
  } else if (is_taken(answer)) {
    secondary_.passed(ticket.secondary);
  } else {
    secondary_.lost(ticket.secondary);
  }
  pump(now);
  return is_limit(answer) ? told(ticket, answer, now) : answer.meaning;
}

// GitHub's word, unless it is known to hold off longer than that.
Result<> RateGate::told(const RateTicket& ticket, const RateAnswer& answer, Moment now) {
  const std::optional<SteadyPoint> primary = buckets_[bucket_of(ticket, answer)].bucket.closed_until(now);
  const std::optional<SteadyPoint> secondary = secondary_.closed_until(now.steady);
  const SteadyPoint until = std::max(primary.value_or(now.steady), secondary.value_or(now.steady));
  Error error = answer.meaning.error();
  return std::unexpected(std::move(error).with_retry_after(
      std::max(wait_of(answer), std::chrono::ceil<std::chrono::seconds>(until - now.steady))));
}

void RateGate::lost(const RateTicket& ticket) {
  buckets_[ticket.bucket].bucket.lost(ticket.primary);
  secondary_.lost(ticket.secondary);
}

void RateGate::unused(const RateTicket& ticket) {
  buckets_[ticket.bucket].bucket.not_counted(ticket.primary);
  secondary_.lost(ticket.secondary);
}

void RateGate::leave(Moment now) {
  HW_CHECK(in_flight_ > 0);
  --in_flight_;
  pump(now);
}

void RateGate::hear(const RateClosed& closed, Moment now) {
  const SteadyPoint until = after(now.steady, std::min<Duration>(closed.until - now.calendar, kLongestWait));
  if (until <= now.steady) return;
  if (closed.resource.empty()) {
    secondary_.told(until, now.steady);
  } else {
    buckets_[bucket_for(closed.resource)].bucket.limited(std::nullopt, until, now);
  }
  pump(now);
}

void RateGate::stop() {
  for (const RateWaiterPtr& waiter : queue_.take_all([](const RateWaiterPtr&) { return true; })) {
    settle(waiter, RateRefused(RateRefusal::kStopping, Duration::zero()));
  }
}

std::optional<SteadyPoint> RateGate::closed_until(std::size_t door, Moment now) {
  return door == 0 ? secondary_.closed_until(now.steady) : buckets_[door - 1].bucket.closed_until(now);
}

std::string_view RateGate::resource_of(std::size_t door) const {
  return door == 0 ? std::string_view() : buckets_[door - 1].resource;
}

bool RateGate::is_closed(Moment now) {
  for (std::size_t door = 0; door < doors(); ++door) {
    if (closed_until(door, now)) return true;
  }
  return false;
}

}  // namespace hubwarden::github

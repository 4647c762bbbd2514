#include "tokens/token_ends.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/later.h"
#include "net/loops.h"

namespace hubwarden::tokens {
namespace {

// A life is a minute at least, and told in whole seconds.
constexpr Duration kLook = std::chrono::seconds(1);
// What a replica that is gone has promised can wait so long; each look is a command to Redis.
constexpr int kLooksPerTakeOver = 5;
constexpr std::size_t kMostTakenOver = 32;
// Of the 100 requests at a time that GitHub allows: callers come first.
constexpr std::size_t kMostAtOnce = 16;
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr Backoff kBackoff{std::chrono::seconds(2), std::chrono::minutes(1)};
constexpr Duration kStopPoll = std::chrono::milliseconds(20);
// Put back at a time: some seconds of a Redis that does little else.
constexpr std::size_t kMostSharedAgain = 20'000;

}  // namespace

void TokenEnds::add(Ending ending, const net::Executor& executor) {
  const auto promised = std::make_shared<const Ending>(std::move(ending));
  list_.lock()->add(promised->due, Waiting(promised));
  start(share(promised), executor);
}

// Counted before its first step, as run() is.
net::Task<Result<>> TokenEnds::end_now(Ending ending) {
  under_way_.fetch_add(1);
  return end_first(std::make_shared<const Ending>(std::move(ending)));
}

net::Task<Result<>> TokenEnds::end_first(EndingPtr ending) {
  Result<> revoked = fail(ErrorCode::kInternal, "the attempt ended unexpectedly");
  try {
    revoked = co_await revoke(ending);
    if (revoked) {
      parts_.events.ended(*ending);
    } else {
      Error error = revoked.error();
      co_await after_failure(Waiting(ending), std::move(error));
      co_await share(ending);
    }
  } catch (const std::exception&) {
    // Third-party code threw: the token lives until GitHub's own end.
  }
  under_way_.fetch_sub(1);
  co_return revoked;
}

void TokenEnds::leave_to(TokenEnds& another) {
  std::vector<Waiting> waiting = list_.lock()->take(TimePoint::max(), EndList::kMost);
  for (Waiting& each : waiting) {
    const TimePoint due = each.ending->due;
    another.list_.lock()->add(due, std::move(each));
  }
}

void TokenEnds::start(net::Task<> work, const net::Executor& executor) {
  under_way_.fetch_add(1);
  net::spawn(executor, see_through(std::move(work)), [](std::exception_ptr) {});
}

net::Task<> TokenEnds::see_through(net::Task<> work) {
  try {
    co_await std::move(work);
  } catch (const std::exception&) {
    // Third-party code threw: the token lives until GitHub's own end, or the shared list gives it out again.
  }
  under_way_.fetch_sub(1);
}

net::Task<> TokenEnds::share(EndingPtr ending) {
  const bool is_kept = co_await parts_.shared.keep(ending);
  if (is_kept) list_.lock()->mark_shared(ending);
}

net::Task<> TokenEnds::share_again() {
  const std::vector<EndingPtr> waiting = list_.lock()->all();
  std::size_t shared = 0;
  for (const EndingPtr& each : waiting) {
    if (++shared > kMostSharedAgain) break;
    const bool is_kept = co_await parts_.shared.keep(each);
    if (is_kept) list_.lock()->mark_shared(each);
  }
}

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> TokenEnds::run() {
  under_way_.fetch_add(1);
  return look_until_stopped();
}

net::Task<> TokenEnds::look_until_stopped() {
  std::exception_ptr failure;
  try {
    co_await look();
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  under_way_.fetch_sub(1);
  if (failure) std::rethrow_exception(failure);
}

net::Task<> TokenEnds::look() {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  for (int looks = 1;; ++looks) {
    const bool is_stopping =
        co_await stopping_.wait_until(parts_.timers, later(parts_.clock.steady_now(), kLook));
    if (is_stopping) break;
    end_due(parts_.clock.now(), executor);
    if (looks % kLooksPerTakeOver == 0) co_await take_over(executor);
  }
}

net::Task<> TokenEnds::take_over(const net::Executor& executor) {
  const std::vector<EndingPtr> claimed =
      co_await parts_.shared.claim(host_, parts_.clock.now(), kMostTakenOver);
  for (const EndingPtr& each : claimed) start(end_claimed(each), executor);
}

// How many it has started.
std::size_t TokenEnds::end_due(TimePoint now, const net::Executor& executor) {
  const std::size_t busy = revoking_.load();
  const std::size_t free = busy < kMostAtOnce ? kMostAtOnce - busy : 0;
  std::vector<Waiting> due = list_.lock()->take(now, free);
  revoking_.fetch_add(due.size());
  for (Waiting& each : due) start(end_counted(std::move(each)), executor);
  return due.size();
}

net::Task<Result<>> TokenEnds::revoke(EndingPtr ending) {
  const SteadyPoint deadline = std::min(later(parts_.clock.steady_now(), kPatience), last_moment_.load());
  Result<> revoked = co_await parts_.revoker.revoke(ending->app, ending->token.clone(), deadline);
  co_return revoked;
}

net::Task<> TokenEnds::end_counted(Waiting waiting) {
  try {
    co_await end(std::move(waiting));
  } catch (const std::exception&) {
    // As in see_through(); this one has its place back as well.
  }
  revoking_.fetch_sub(1);
}

net::Task<> TokenEnds::end(Waiting waiting) {
  const EndingPtr ending = waiting.ending;
  const Result<> revoked = co_await revoke(ending);
  if (revoked) {
    parts_.events.ended(*ending);
    // Said of one that is not there, too: it may have come there since.
    co_await parts_.shared.drop(ending);
  } else {
    co_await after_failure(std::move(waiting), revoked.error());
  }
}

net::Task<> TokenEnds::after_failure(Waiting waiting, Error error) {
  const EndingPtr ending = waiting.ending;
  ++waiting.failures;
  const TimePoint next = later(parts_.clock.now(), kLook + kBackoff.pause(waiting.failures, parts_.random));
  const bool is_pointless = next >= ending->dead_at;
  // What only this replica knows of has no later.
  if (is_pointless || stopping_.is_set()) {
    parts_.events.end_given_up(*ending);
    if (is_pointless) co_await parts_.shared.drop(ending);
    co_return;
  }
  parts_.events.end_failed(*ending, error);
  list_.lock()->add(next, std::move(waiting));
}

// One attempt: if it fails the shared list gives it out again.
net::Task<> TokenEnds::end_claimed(EndingPtr ending) {
  const bool is_dead = parts_.clock.now() >= ending->dead_at;
  if (is_dead) {
    parts_.events.end_given_up(*ending);
    co_await parts_.shared.drop(ending);
  } else {
    const Result<> revoked = co_await revoke(ending);
    if (revoked) {
      parts_.events.ended(*ending);
      co_await parts_.shared.drop(ending);
    } else {
      parts_.events.end_failed(*ending, revoked.error());
    }
  }
}

net::Task<> TokenEnds::stop() {
  last_moment_.store(parts_.clock.steady_now() + kLastMoments);
  stopping_.set();
  while (under_way_.load() > 0) {
    co_await net::sleep_until(parts_.timers, later(parts_.clock.steady_now(), kStopPoll));
  }
  co_await end_the_rest();
}

net::Task<> TokenEnds::end_the_rest() {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  list_.lock()->drop_shared();
  while (list_.lock()->size() > 0 || under_way_.load() > 0) {
    const bool is_late = parts_.clock.steady_now() >= last_moment_.load();
    if (is_late && under_way_.load() == 0) break;
    if (!is_late) end_due(TimePoint::max(), executor);
    co_await net::sleep_until(parts_.timers, later(parts_.clock.steady_now(), kStopPoll));
  }
  const std::vector<EndingPtr> left = list_.lock()->all();
  for (const EndingPtr& each : left) parts_.events.end_given_up(*each);
}

}  // namespace hubwarden::tokens

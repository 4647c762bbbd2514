#pragma once

// Calls of code that may block for any time, from loops that may not: on workers, and never waited for beyond
// a deadline.
//
//   Calls calls(timers);
//   Result<int> answer = co_await calls.run<int>([plugin] { return plugin->ask(); }, deadline);
//   const bool all_returned = co_await calls.stop(clock.steady_now() + 5s);
//
// A call that is not waited for any more goes on and keeps its thread, and what the function holds, until it
// returns. So the function owns all that it uses. Errors: `upstream_timeout` at the deadline, `unavailable`
// when all threads are busy and the queue is full, `internal` when the function threw. Threads: `run` from
// any loop. Lifetime: shorter than that of the loops.

#include <boost/asio/this_coro.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "net/event.h"
#include "net/loops.h"
#include "net/one_shot.h"
#include "net/timers.h"
#include "net/workers.h"

namespace hubwarden::providers {

class Calls {
 public:
  // Boots are rare; what hangs is to be noticed soon, and not to take the machine's memory with it.
  static constexpr std::size_t kThreads = 4;
  static constexpr std::size_t kMaxQueued = 256;

  // The timers outlive it.
  explicit Calls(net::Timers& timers) : timers_(timers) {}

  template <class T>
  net::Task<Result<T>> run(std::function<Result<T>()> call, SteadyPoint deadline) {
    const net::Executor executor = co_await boost::asio::this_coro::executor;
    if (under_way_->state.lock()->stopping) co_return fail(ErrorCode::kUnavailable, "hubwarden is stopping");
    auto answer = std::make_shared<net::OneShot<Result<T>>>(executor);
    auto visit = std::make_shared<const Visit>(under_way_);
    net::spawn(executor, perform<T>(workers_, std::move(call), answer, std::move(visit)),
               answer_failure(answer));
    std::optional<Result<T>> got = co_await answer->wait_until(timers_, deadline);
    if (!got) co_return fail(ErrorCode::kUpstreamTimeout, "no answer in time");
    co_return std::move(*got);
  }

  // Waits until every call has returned; false if one has not by then. Nothing is run afterwards.
  net::Task<bool> stop(SteadyPoint deadline);

 private:
  struct State {
    std::size_t running = 0;
    bool stopping = false;
  };
  // What a call shares with those that wait for its end; it may outlive the deadline of all of them.
  struct UnderWay {
    Guarded<State> state;
    net::Event none;
  };
  using UnderWayPtr = std::shared_ptr<UnderWay>;

  class Visit {
   public:
    explicit Visit(UnderWayPtr under_way) : under_way_(std::move(under_way)) {
      ++under_way_->state.lock()->running;
    }
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    UnderWayPtr under_way_;
  };

  template <class T>
  static net::OnFailure answer_failure(std::shared_ptr<net::OneShot<Result<T>>> answer) {
    return
        [answer](std::exception_ptr) { answer->set(fail(ErrorCode::kInternal, "a call could not be made")); };
  }

  template <class T>
  static net::Task<> perform(net::Workers& workers, std::function<Result<T>()> call,
                             std::shared_ptr<net::OneShot<Result<T>>> answer, std::shared_ptr<const Visit>) {
    Result<T> result = co_await workers.run(std::move(call));
    answer->set(std::move(result));
  }

  net::Timers& timers_;
  UnderWayPtr under_way_ = std::make_shared<UnderWay>();
  net::Workers workers_{kThreads, kMaxQueued};
};

}  // namespace hubwarden::providers

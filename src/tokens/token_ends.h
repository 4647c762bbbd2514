#pragma once

// Ends tokens when their time is over: takes them back at GitHub, again until it is done or GitHub's own end
// has come.
//
//   TokenEnds ends({clock, timers, random, revoker, shared, events}, "github.com");
//   net::spawn(executor, ends.run(), …);
//   ends.add(Ending(app, std::move(token), fingerprint, due, dead_at), executor);
//   co_await ends.stop();     // after the engine
//
// A stop ends at once what no other replica knows of: nobody would do it later. Of one host; threads: any.

#include <atomic>
#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "net/event.h"
#include "net/timers.h"
#include "tokens/end_list.h"
#include "tokens/ending.h"
#include "tokens/shared_ends.h"

namespace hubwarden::tokens {

class TokenEnds {
 public:
  struct Parts {
    const Clock& clock;  // GitHub's time, as far as it is known
    net::Timers& timers;
    Random& random;
    Revoker& revoker;
    SharedEnds& shared;
    EndEvents& events;
  };

  // All of `parts` outlive it.
  TokenEnds(Parts parts, std::string host) : parts_(parts), host_(std::move(host)) {}

  // Whether one more can be promised an end.
  bool has_room() { return list_.lock()->has_room(); }
  // The other replicas are told on `executor`, behind the caller's back.
  void add(Ending ending, const net::Executor& executor);
  // At once, whenever it is due: whether GitHub has taken it back. If not it is tried again like the others,
  // and the other replicas know of it.
  net::Task<Result<>> end_now(Ending ending);
  std::size_t waiting() { return list_.lock()->size(); }
  // Those that wait are `another`'s from now on.
  void leave_to(TokenEnds& another);
  // The shared list has lost what it had.
  net::Task<> share_again();

  // Until stop(), which waits for it: a task that was made must be run.
  net::Task<> run();
  // Ends what only this replica knows of, for kLastMoments at most; what is left lives until GitHub's own
  // end.
  net::Task<> stop();

  static constexpr std::chrono::seconds kLastMoments{5};

 private:
  using Waiting = EndList::Waiting;

  net::Task<> look_until_stopped();
  net::Task<> look();
  net::Task<> take_over(const net::Executor& executor);
  std::size_t end_due(TimePoint now, const net::Executor& executor);
  void start(net::Task<> work, const net::Executor& executor);
  net::Task<> see_through(net::Task<> work);
  net::Task<> share(EndingPtr ending);
  net::Task<Result<>> end_first(EndingPtr ending);
  net::Task<> end_counted(Waiting waiting);
  net::Task<> end(Waiting waiting);
  net::Task<> end_claimed(EndingPtr ending);
  net::Task<Result<>> revoke(EndingPtr ending);
  net::Task<> after_failure(Waiting waiting, Error error);
  net::Task<> end_the_rest();

  Parts parts_;
  const std::string host_;
  Guarded<EndList> list_;
  std::atomic<std::size_t> revoking_{0};
  std::atomic<int> under_way_{0};  // whatever was started, and run()
  net::Event stopping_;
  std::atomic<SteadyPoint> last_moment_{SteadyPoint::max()};
};

}  // namespace hubwarden::tokens

#pragma once

// Writes down what handles have spent, behind the calls that spend it, and forgets handles that ended long
// ago.
//
//   SpentWriter writer({records, index, clock, timers, log});
//   net::spawn(loop, writer.run(), on_failure);
//   …
//   co_await writer.stop();          // with everything written, if the records let it
//
// A crash loses what was spent since the last writing, kEvery ago at most: so much may then be spent again.
// Threads: run() on one loop; stop() from any.

#include <atomic>
#include <unordered_map>

#include "auth/handle_index.h"
#include "base/clock.h"
#include "net/event.h"
#include "net/task.h"
#include "net/timers.h"
#include "obs/log.h"
#include "store/handle_records.h"

namespace hubwarden::auth {

class SpentWriter {
 public:
  struct Parts {
    store::HandleRecords& records;
    HandleIndex& index;
    const Clock& clock;
    net::Timers& timers;
    obs::Log& log;
  };

  explicit SpentWriter(Parts parts) : parts_(parts) {}
  SpentWriter(const SpentWriter&) = delete;
  SpentWriter& operator=(const SpentWriter&) = delete;

  // Until stop(), which waits for it: a task that was made must be run.
  net::Task<> run();
  net::Task<> stop();

  // One commit in this time, however much is spent.
  static constexpr Duration kEvery = std::chrono::seconds(5);
  // An operator may still want to see what it was.
  static constexpr Duration kKeptAfterEnd = std::chrono::hours(24);
  static constexpr Duration kForgetEvery = std::chrono::minutes(1);
  // Some milliseconds of the records' thread, which others wait for, too.
  static constexpr std::size_t kBatch = 1000;

 private:
  net::Task<> write_until_stopped();
  net::Task<> write();
  net::Task<> forget();
  void report(const Error& error);

  Parts parts_;
  // Those of a writing that failed among them; of each handle the last. run()'s alone.
  std::unordered_map<store::HandleId, policy::BudgetSpent> unwritten_;
  SteadyPoint forget_at_{};
  std::atomic<int> running_{0};
  net::Event stopping_;
};

}  // namespace hubwarden::auth

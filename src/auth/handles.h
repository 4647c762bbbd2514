#pragma once

// Handles: credentials for a narrow grant, issued by an operator, authenticated at every call.
//
//   Handles handles({store, store, budgets, clock, timers, random, log});
//   Result<> loaded = co_await handles.load();                   // once, before the first request
//   net::spawn(loop, handles.write_behind(), on_failure);        // until stop()
//   Result<NewHandle> issued = co_await handles.issue(std::move(wish));
//   auto who = handles.authenticate(secret);                     // null: unauthenticated()
//
// Callable from any loop (with a thread-safe Random, as SystemRandom is). The store is asked only for changes
// and by operators; `authenticate` reads memory. A change is durable and in effect before its caller has the
// answer: a revoked handle fails from then on. What is spent is written behind: see spent_writer.h.

#include <memory>
#include <string_view>
#include <utility>

#include "auth/handle_index.h"
#include "auth/handle_principal.h"
#include "auth/page.h"
#include "auth/spent_writer.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "net/task.h"
#include "net/timers.h"
#include "obs/log.h"
#include "store/handle_records.h"

namespace hubwarden::auth {

struct HandleWish {
  explicit HandleWish(policy::Repository may_reach, catalogue::OperationList may_do)
      : repository(std::move(may_reach)), operations(std::move(may_do)) {}

  policy::Repository repository;
  catalogue::OperationList operations;
  std::optional<policy::HostName> host;  // nothing: the usual one
  Duration life = std::chrono::hours(1);
  policy::BudgetLimits limits;
  policy::Priority priority = policy::Priority::kNormal;
};

// A handle at the only time that it can be seen.
class NewHandle {
 public:
  NewHandle(store::Handle record, Secret handle) : record_(std::move(record)), handle_(std::move(handle)) {}
  const store::Handle& record() const { return record_; }
  const Secret& handle() const { return handle_; }

 private:
  store::Handle record_;
  Secret handle_;
};

class Handles {
 public:
  // One for each of the agents that hubwarden is measured with. About 1 KB of memory each, more for one that
  // names many operations; ended ones count until they are forgotten.
  static constexpr std::size_t kMaxHandles = 100'000;
  static constexpr Duration kMinLife = std::chrono::seconds(1);
  // Work that takes longer can be given a new one: a credential that nobody misses is the one that leaks.
  static constexpr Duration kMaxLife = std::chrono::hours(24 * 30);

  struct Parts {
    store::HandleRecords& records;
    store::HandleFeed& feed;
    Budgets& budgets;
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    obs::Log& log;
  };
  // All outlive this.
  explicit Handles(Parts parts);

  // Reads every handle into memory. A record that cannot be read is an error. One that names an issuer or an
  // operation that this hubwarden does not know opens nothing, and the log says so.
  net::Task<Result<>> load();
  // Writes down what is spent, and forgets what ended a day ago. Until stop(), which waits for it: a task
  // that was made must be run.
  net::Task<> write_behind() { return writer_.run(); }
  net::Task<> stop() { return writer_.stop(); }

  // `invalid_request` for a life that is not one of kMinLife to kMaxLife, `conflict` beyond kMaxHandles.
  net::Task<Result<NewHandle>> issue(HandleWish wish);
  // `not_found`.
  net::Task<Result<>> revoke(store::HandleId id);
  // With what is spent by now. `not_found`.
  net::Task<Result<store::Handle>> get(store::HandleId id);
  net::Task<Result<HandlePage>> list(HandlePageRequest page);

  // Null unless `secret` is a handle that was neither revoked nor has expired, of an issuer that is known.
  std::shared_ptr<const HandlePrincipal> authenticate(std::string_view secret) const;

 private:
  void update(store::Handle& record) const;

  Parts parts_;
  // Shared with the store's observer, whose thread may outlive this for as long as accepted changes take.
  std::shared_ptr<HandleIndex> index_;
  SpentWriter writer_;
};

}  // namespace hubwarden::auth

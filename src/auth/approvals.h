#pragma once

// Questions to persons: what a rule allows with consent is asked, answered once, and then done once.
//
//   Result<Approval> asked = co_await approvals.ask(std::move(wish));   // pending; or approved by now
//   Result<Approval> decided = co_await approvals.decide(id, std::move(answer), sessions);
//   Result<> may = co_await approvals.use(*asked, decision, request_id);   // of several, one may
//
// All state is in the records, and changed there by one condition each, so that replicas agree. Nothing that
// was true when the question was asked is believed later: session and policy are looked at again. Threads:
// any (with a thread-safe Random); tend() on one loop.

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "auth/page.h"
#include "auth/person.h"
#include "auth/sessions.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/event.h"
#include "net/task.h"
#include "net/timers.h"
#include "obs/log.h"
#include "rules/decision.h"
#include "store/approval_records.h"

namespace hubwarden::auth {

// Is told of every change after it is durable.
class ApprovalObserver {
 public:
  virtual ~ApprovalObserver() = default;
  // What happened is its state by now. `request_id`: of the request that did it; empty: time. Short, no I/O.
  virtual void changed(const store::Approval& approval, std::string_view request_id) = 0;
};

// What somebody asks consent for.
struct ApprovalWish {
  ApprovalWish(SessionPtr who_, rules::Decision decision_, policy::Repository repository_)
      : who(std::move(who_)), decision(std::move(decision_)), repository(std::move(repository_)) {}

  SessionPtr who;
  rules::Decision decision;  // kConsent
  policy::Repository repository;
  std::string operation;
  std::string parameters;    // JSON
  crypto::Digest request{};  // of what GitHub would be asked
  std::string key;           // the Idempotency-Key
  std::string request_id;
};

// The holder of the operator's credential, who is nobody in particular.
struct Operator {};
using ApprovalReader = std::variant<Operator, Person, SessionPtr>;

struct ApprovalAnswer {
  ApprovalAnswer(bool is_yes_, ApprovalReader by_) : is_yes(is_yes_), by(std::move(by_)) {}

  bool is_yes;
  ApprovalReader by;
  std::string reason;
  std::string request_id;
};

// Of whom the question is; nothing for a record that cannot be read.
std::optional<Session> session_of(const store::Approval& approval);

class Approvals {
 public:
  // More questions than a person reads in an hour are a mistake of the agent's.
  static constexpr std::size_t kMaxPendingOfAgent = 20;
  // With kMaxParameters each, 640 MiB at the very most; usually a hundredth of it.
  static constexpr std::size_t kMaxPending = 10'000;
  // What a person can read, and some more.
  static constexpr std::size_t kMaxParameters = 64 * 1024;
  static constexpr std::size_t kMaxReason = 500;
  // A retry that comes late is told what became of it, and an operator may want to see it.
  static constexpr Duration kKeptAfterEnd = std::chrono::hours(24);
  static constexpr Duration kTendEvery = std::chrono::minutes(1);
  // Some milliseconds of the records' thread, which others wait for, too.
  static constexpr std::size_t kBatch = 1000;

  struct Parts {
    store::ApprovalRecords& records;
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    obs::Log& log;
    ApprovalObserver* observer;  // null: nobody is told
  };
  // All of `parts` outlive it.
  explicit Approvals(Parts parts) : parts_(parts) {}

  // The question as it is by now, pending, approved or used: asked, if it was not asked before. `conflict`
  // when the key was used for another one, `forbidden` when it was denied, `gone` when its time is over,
  // `too_large`, `rate_limited` beyond the bounds.
  net::Task<Result<store::Approval>> ask(ApprovalWish wish);
  // The right to do it now, given once. `decision`: of now. `conflict` when it was used before, `gone`,
  // `forbidden` when the rule asks others by now than who agreed.
  net::Task<Result<>> use(const store::Approval& approval, const rules::Decision& decision,
                          std::string_view request_id);

  // `not_found` also for what the reader has nothing to do with; `forbidden` for who asked, and for sessions;
  // `conflict` when it is decided already, or would not be allowed any more; `gone`. `sessions`: of now.
  net::Task<Result<store::Approval>> decide(store::ApprovalId id, ApprovalAnswer answer,
                                            const Sessions& sessions);
  // `not_found`.
  net::Task<Result<store::Approval>> get(store::ApprovalId id, ApprovalReader reader);
  // Of those that the reader may decide. `forbidden` for sessions.
  net::Task<Result<ApprovalPage>> list(ApprovalPageRequest page, std::optional<store::ApprovalState> state,
                                       ApprovalReader reader);

  // Notes whose time is over, and forgets what ended a day ago. Until stop(), which waits for it: a task that
  // was made must be run.
  net::Task<> tend();
  net::Task<> stop();

 private:
  void tell(const store::Approval& changed, std::string_view request_id) const;
  net::Task<> tend_until_stopped();
  net::Task<Result<>> note_expired();
  net::Task<Result<>> forget();

  Parts parts_;
  std::atomic<int> running_{0};
  net::Event stopping_;
};

}  // namespace hubwarden::auth

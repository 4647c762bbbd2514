#pragma once

// Asked before a request goes to GitHub with a token of an installation: it never lets one out that GitHub's
// limits would refuse, as far as can be known. One for each GitHub host. Source: docs/errors.md,
// docs/github-facts.md §5, docs/decisions/016-rate-guard.md.
//
//   RateAsk ask(installation, "workspace-7", deadline);
//   Result<RatePermit> permit = co_await guard.admit(std::move(ask));
//   if (!permit) co_return std::unexpected(permit.error());
//   Result<ClientResponse> response = co_await client.send(std::move(request));
//   const Result<> meaning = permit->answered(response->status, response->fields, classify(…));
//
// Threads: everything from any loop's thread; a task resumes on its own loop. What it is given outlives it.
// Tasks and permits that are left when it goes, as when a process ends before its requests, do nothing more.

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/ids.h"
#include "github/rate_ask.h"
#include "github/rate_gate.h"
#include "github/rate_metrics.h"
#include "github/rate_table.h"
#include "http/message.h"
#include "net/task.h"
#include "net/timers.h"
#include "obs/metrics.h"

namespace hubwarden::github {

class RateGuard;
struct RateDoorway;

// One place among the installation's requests in flight, for one request; given back once, when it goes. Hold
// it until the answer's body is through.
class RatePermit {
 public:
  RatePermit(RatePermit&& other) noexcept = default;
  RatePermit& operator=(RatePermit&& other) noexcept;
  ~RatePermit();

  // What came of the request, as soon as the answer's head is there; once. `status` 0 and no fields when no
  // answer came. Returns `meaning`; a limit's `retry_after` is then what the guard will hold the installation
  // off for. Without this call the request counts as sent and lost.
  Result<> answered(int status, const http::Fields& fields, const Result<>& meaning);

 private:
  friend class RateGuard;
  RatePermit(std::shared_ptr<RateDoorway> doorway, InstallationId installation, RateTicket ticket,
             net::Executor executor);

  std::shared_ptr<RateDoorway> doorway_;
  InstallationId installation_;
  RateTicket ticket_;
  net::Executor executor_;
  bool is_answered_ = false;
};

class RateGuard {
 public:
  struct Parts {
    const Clock& clock;  // by GitHub's calendar: a ServerClock
    net::Timers& timers;
    obs::Metrics& metrics;
  };
  RateGuard(Parts parts, RateOptions options);
  ~RateGuard();
  // What is told of each limit that an answer has closed; before the first request. On the answer's thread,
  // with no lock held: short.
  using OnClosed = std::function<void(const RateClosed&)>;
  void tell(OnClosed on_closed) { on_closed_ = std::move(on_closed); }
  RateGuard(const RateGuard&) = delete;
  RateGuard& operator=(const RateGuard&) = delete;

  // Waits for a place, for a write's turn, or for what the first answer tells, at most `max_wait` and the
  // ask's deadline. `rate_limited` with `limit` and `retry_after` when a limit is closed (those that wait are
  // told as soon as it closes), when the wait would be too long, or was. `unavailable` when stopping.
  net::Task<Result<RatePermit>> admit(RateAsk ask);

  // A limit that another replica has met.
  void hear(const RateClosed& closed, const net::Executor& executor);

  // Nobody is admitted any more, and who waits is sent away; done when nobody waits. Permits may still be
  // out.
  net::Task<> stop();

 private:
  friend class RatePermit;
  class Place;
  struct Waiting;
  struct Effects;

  // Cores seldom meet at one lock.
  static constexpr std::size_t kShards = 16;
  using Shard = Guarded<RateTable>;

  Shard& shard_of(InstallationId installation) { return *shards_[installation.value() % kShards]; }
  Result<> answered(RatePermit& permit, const RateAnswer& answer);
  void release(RatePermit& permit);
  void note(RateTable::Entry& entry, Moment now, Effects& effects);
  void apply(const Effects& effects, const net::Executor& executor);
  void send_away(Shard& shard, const net::Executor& executor);
  Error refuse(RateRefused refusal);

  const Clock& clock_;
  net::Timers& timers_;
  RateMetrics counts_;
  const RateOptions options_;
  OnClosed on_closed_ = [](const RateClosed&) {};
  std::array<std::unique_ptr<Shard>, kShards> shards_;
  std::shared_ptr<RateDoorway>
      doorway_;  // also of tasks and permits, which may learn from it that this is gone
};

}  // namespace hubwarden::github

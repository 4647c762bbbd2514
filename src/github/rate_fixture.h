#pragma once

// For tests of the rate guard: requests of many callers in virtual time, and what GitHub answers.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "github/rate_guard.h"
#include "obs/metrics.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::github::testing {

using hubwarden::testing::VirtualTime;

inline constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
inline constexpr InstallationId kInstallation(7);

inline http::Fields limit_fields(std::uint64_t remaining, TimePoint reset, std::uint64_t limit = 5000,
                                 std::string_view resource = "core") {
  http::Fields fields;
  fields.add("x-ratelimit-limit", std::to_string(limit));
  fields.add("x-ratelimit-remaining", std::to_string(remaining));
  fields.add("x-ratelimit-reset", std::to_string(std::chrono::system_clock::to_time_t(reset)));
  fields.add("x-ratelimit-resource", resource);
  return fields;
}

inline Result<> limited(Limit limit, std::chrono::seconds wait) {
  return std::unexpected(
      Error(ErrorCode::kRateLimited, "").with_limit(limit).with_retry_after(wait).with_upstream_status(403));
}

// A virtual clock, a guard, and requests by hand.
struct GuardWorld {
  explicit GuardWorld(RateOptions options_ = RateOptions()) : options(options_) {}

  using Entry = std::optional<Result<RatePermit>>;

  RateAsk ask(std::string caller = "one", Duration patience = std::chrono::minutes(1)) {
    return {kInstallation, std::move(caller), after(time.clock().steady_now(), patience)};
  }
  RateAsk write(std::string caller = "one", Duration patience = std::chrono::minutes(1)) {
    RateAsk asked = ask(std::move(caller), patience);
    asked.is_write = true;
    return asked;
  }
  // Stays where it is; empty while the ask waits.
  Entry& enter(RateAsk asked) {
    Entry& entry = entries.emplace_back();
    time.spawn(keep(guard, std::move(asked), entry));
    time.settle();
    return entry;
  }
  // The first request of an installation, so that `remaining` is known.
  void open(std::uint64_t remaining, std::uint64_t limit = 5000) {
    Entry& first = enter(ask("first"));
    const http::Fields fields = limit_fields(remaining, kStart + std::chrono::hours(1), limit);
    HW_CHECK((*first)->answered(200, fields, {}).has_value());
    leave(first);
  }
  void leave(Entry& entry) {
    entry.reset();
    time.settle();
  }
  std::int64_t in_flight() { return metrics.gauge("hubwarden_github_open_requests", "").value(); }
  std::int64_t waiting() { return metrics.gauge("hubwarden_github_waiting_requests", "").value(); }

  static net::Task<> keep(RateGuard& guard, RateAsk asked, Entry& entry) {
    net::Task<Result<RatePermit>> admitted = guard.admit(std::move(asked));
    Result<RatePermit> permit = co_await std::move(admitted);
    entry.emplace(std::move(permit));
  }

  RateOptions options;
  VirtualTime time{kStart};
  obs::Metrics metrics;
  RateGuard guard{{time.clock(), time, metrics}, options};
  std::deque<Entry> entries;
};

}  // namespace hubwarden::github::testing

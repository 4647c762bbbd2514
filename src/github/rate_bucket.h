#pragma once

// What is left of one primary rate limit: one installation, one resource. Learned from header fields, counted
// down with each request that goes out, so that the last one that GitHub takes is the last one sent.
// Source: docs/github-facts.md, §5; docs/errors.md.
//
//   const RateBucket::Verdict verdict = bucket.verdict(now, Urgency::kForeground);
//   if (verdict == RateBucket::Verdict::kAdmit) ticket = bucket.sent(now);
//   …
//   bucket.answered(ticket, rate_limit_of(response.fields), now);
//
// Nothing is known at first, after a window has ended, and of a server that has no limits. Then requests go
// out carefully: one, and after each answer that tells nothing, or none in time, twice as many, until an
// answer tells how many are left. A state machine without I/O; not thread-safe.

#include <cstdint>
#include <optional>

#include "github/moment.h"
#include "github/rate_limit.h"

namespace hubwarden::github {

// Background work gives way before a limit is used up.
enum class Urgency { kForeground, kBackground };

class RateBucket {
 public:
  enum class Verdict {
    kAdmit,
    kWait,      // an answer under way will tell more; see look_again_at()
    kReserved,  // background work waits for the reset: the rest is for callers
    kUsedUp,    // until closed_until()
  };

  // Goes with a request from sent() to the one call that tells what became of it.
  class Ticket {
   public:
    Ticket() = default;

   private:
    friend class RateBucket;
    Ticket(std::uint64_t window, bool is_blind) : window_(window), is_blind_(is_blind) {}
    std::uint64_t window_ = 0;
    bool is_blind_ = false;
  };

  Verdict verdict(Moment now, Urgency urgency);
  Ticket sent(Moment now);

  // An answer came; `seen` is what its fields say of this bucket's resource.
  void answered(Ticket ticket, const std::optional<RateLimit>& seen, Moment now);
  // GitHub did not count it here: never sent, 304 (§5.8), or counted against another resource.
  void not_counted(Ticket ticket);
  // No answer: GitHub may have counted it.
  void lost(Ticket ticket);

  // An answer to a request of another bucket that GitHub counted against this one.
  void learn(const RateLimit& seen, Moment now);
  // GitHub refused a request for this limit, until `until`. A limit of a window that is over is ignored.
  void limited(const std::optional<RateLimit>& seen, SteadyPoint until, Moment now);

  // When it opens, if it is closed.
  std::optional<SteadyPoint> closed_until(Moment now);
  // When background work is taken again, if it is not.
  std::optional<SteadyPoint> reserved_until(Moment now);
  // When a request that has to wait is let through even without an answer.
  SteadyPoint look_again_at() const { return after(last_blind_, kPatience); }
  // What may still be sent in this window, if that is known.
  std::optional<std::uint64_t> left(Moment now);

  // Below a tenth of the limit, background work stops.
  static constexpr std::uint64_t kReserveShare = 10;
  // Slower than usual answers: one that hangs does not hold back all others.
  static constexpr std::chrono::seconds kPatience{1};
  // GitHub's own machines disagree about a window's reset by a second or so; the shortest window is a minute.
  static constexpr std::chrono::seconds kResetJitter{5};
  // A window is over so much later: the reset and GitHub's clock are told in whole seconds.
  static constexpr std::chrono::seconds kRounding{1};

 private:
  struct Known {
    Known(const RateLimit& seen, std::uint64_t left_, SteadyPoint ends_)
        : limit(seen.limit), left(left_), reset(seen.reset), ends(ends_) {}
    std::uint64_t limit;
    std::uint64_t left;
    TimePoint reset;
    SteadyPoint ends;
  };
  enum class Age { kOver, kSame, kNew };

  void lapse(SteadyPoint now);
  void begin_blind();
  void settle(Ticket ticket);
  void allow_more();
  void give_back();
  Age age_of(const RateLimit& seen, Moment now) const;
  bool is_reserved() const;

  std::optional<Known> known_;
  std::optional<SteadyPoint> refused_until_;
  std::uint64_t window_ = 1;
  std::uint64_t unanswered_ = 0;
  std::uint64_t blind_allowed_ = 1;
  std::uint64_t blind_out_ = 0;
  SteadyPoint last_blind_{};
};

}  // namespace hubwarden::github

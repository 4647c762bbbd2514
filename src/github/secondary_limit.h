#pragma once

// GitHub's secondary limits of one installation: closed for as long as GitHub says, each time in a row at
// least twice as long, then let one request through and open again when that one is taken.
//
// They close the whole installation, not a resource: what they count (requests at once, CPU time, content,
// wrong logins) is counted over all of them, no header field names what was exceeded, and whoever goes on
// meanwhile may be banned. Source: docs/github-facts.md, §5.
//
//   if (!limit.closed_until(now) && !limit.must_wait(now)) ticket = limit.sent(now);
//   …
//   limit.limited(ticket, *error.retry_after(), now);     // or passed(ticket), or lost(ticket)
//
// A state machine without I/O; not thread-safe.

#include <chrono>
#include <cstdint>
#include <optional>

#include "github/moment.h"

namespace hubwarden::github {

class SecondaryLimit {
 public:
  class Ticket {
   public:
    Ticket() = default;

   private:
    friend class SecondaryLimit;
    explicit Ticket(std::uint64_t closing) : closing_(closing) {}
    std::uint64_t closing_ = 0;
  };

  std::optional<SteadyPoint> closed_until(SteadyPoint now) const;
  // It has just reopened, and the one request that tries it has no answer yet.
  bool must_wait(SteadyPoint now) const;
  // When another may try, though the one before has no answer.
  SteadyPoint look_again_at() const { return after(last_trial_, kPatience); }

  Ticket sent(SteadyPoint now);
  // A further limit in a row doubles the wait; those that were under way when it closed belong to the one
  // that closed it.
  void limited(Ticket ticket, std::chrono::seconds wait, SteadyPoint now);
  // Another replica was held off until then.
  void told(SteadyPoint until, SteadyPoint now);
  // GitHub took it: an answer of whatever kind that it has only for those whom it does not hold off.
  void passed(Ticket ticket);
  // No such answer.
  void lost(Ticket ticket);

  // Slower than nearly all answers: one that hangs does not hold back all others for long.
  static constexpr std::chrono::seconds kPatience{2};

 private:
  bool is_trial(Ticket ticket) const { return wait_.count() > 0 && ticket.closing_ == closing_; }

  std::uint64_t closing_ = 0;     // how often it has closed
  std::chrono::seconds wait_{0};  // of the last closing; zero when that is over and done with
  SteadyPoint until_{};
  std::uint64_t trials_ = 0;
  SteadyPoint last_trial_{};
};

}  // namespace hubwarden::github

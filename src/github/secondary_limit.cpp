#include "github/secondary_limit.h"

#include <algorithm>

#include "github/answers.h"

namespace hubwarden::github {

using std::chrono::seconds;

std::optional<SteadyPoint> SecondaryLimit::closed_until(SteadyPoint now) const {
  return wait_.count() > 0 && now < until_ ? std::optional(until_) : std::nullopt;
}

bool SecondaryLimit::must_wait(SteadyPoint now) const {
  return wait_.count() > 0 && trials_ > 0 && now < look_again_at();
}

SecondaryLimit::Ticket SecondaryLimit::sent(SteadyPoint now) {
  const Ticket ticket(closing_);
  if (is_trial(ticket)) {
    ++trials_;
    last_trial_ = now;
  }
  return ticket;
}

void SecondaryLimit::limited(Ticket ticket, seconds wait, SteadyPoint now) {
  if (ticket.closing_ == closing_) {
    wait_ = std::clamp(std::max(wait, wait_ * 2), seconds(1), kLongestWait);
    until_ = after(now, wait_);
    ++closing_;
    trials_ = 0;
    return;
  }
  // Of the limit that has closed it already; what GitHub says now still counts, if it is not over.
  if (wait_.count() > 0) until_ = std::max(until_, after(now, std::min(wait, kLongestWait)));
}

void SecondaryLimit::told(SteadyPoint until, SteadyPoint now) {
  if (until <= now || (closed_until(now) && until_ >= until)) return;
  // At least: it may have heard late.
  wait_ = std::clamp(std::max(std::chrono::ceil<seconds>(until - now), wait_), seconds(1), kLongestWait);
  until_ = std::min(until, after(now, kLongestWait));
  ++closing_;
  trials_ = 0;
}

void SecondaryLimit::passed(Ticket ticket) {
  if (!is_trial(ticket)) return;
  wait_ = seconds(0);
  trials_ = 0;
}

void SecondaryLimit::lost(Ticket ticket) {
  if (is_trial(ticket) && trials_ > 0) --trials_;
}

}  // namespace hubwarden::github

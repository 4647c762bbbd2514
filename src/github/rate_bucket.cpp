#include "github/rate_bucket.h"

#include <algorithm>

#include "base/check.h"
#include "github/answers.h"

namespace hubwarden::github {
namespace {

// Far above what may be in flight.
constexpr std::uint64_t kMostBlind = 1 << 16;

SteadyPoint end_of(const RateLimit& seen, Moment now) {
  const Duration wait = std::clamp<Duration>(seen.reset - now.calendar, Duration::zero(), kLongestWait);
  return after(now.steady, wait + RateBucket::kRounding);
}

}  // namespace

void RateBucket::begin_blind() {
  known_.reset();
  ++window_;
  blind_allowed_ = 1;
  blind_out_ = 0;
}

void RateBucket::lapse(SteadyPoint now) {
  if (known_ && now >= known_->ends) begin_blind();
  if (refused_until_ && now >= *refused_until_) refused_until_.reset();
}

std::optional<SteadyPoint> RateBucket::closed_until(Moment now) {
  lapse(now.steady);
  std::optional<SteadyPoint> until = refused_until_;
  if (known_ && known_->left == 0) until = std::max(until.value_or(known_->ends), known_->ends);
  return until;
}

bool RateBucket::is_reserved() const {
  return known_ && known_->left < known_->limit / kReserveShare;
}

std::optional<SteadyPoint> RateBucket::reserved_until(Moment now) {
  lapse(now.steady);
  return is_reserved() ? std::optional(known_->ends) : std::nullopt;
}

std::optional<std::uint64_t> RateBucket::left(Moment now) {
  lapse(now.steady);
  return known_ ? std::optional(known_->left) : std::nullopt;
}

RateBucket::Verdict RateBucket::verdict(Moment now, Urgency urgency) {
  if (closed_until(now)) return Verdict::kUsedUp;
  if (known_) {
    return urgency == Urgency::kBackground && is_reserved() ? Verdict::kReserved : Verdict::kAdmit;
  }
  const bool is_patient = blind_out_ >= blind_allowed_ && now.steady < look_again_at();
  return is_patient ? Verdict::kWait : Verdict::kAdmit;
}

RateBucket::Ticket RateBucket::sent(Moment now) {
  lapse(now.steady);
  ++unanswered_;
  const Ticket ticket(window_, !known_);
  if (known_) {
    HW_CHECK(known_->left > 0);
    --known_->left;
  } else {
    if (blind_out_ >= blind_allowed_)
      allow_more();  // no answer for kPatience tells as little as an empty one
    ++blind_out_;
    last_blind_ = now.steady;
  }
  return ticket;
}

// An answer that tells nothing lets twice as many out: GitHub has no limits, or has trouble of another kind.
void RateBucket::settle(Ticket ticket) {
  HW_CHECK(unanswered_ > 0);
  --unanswered_;
  if (!ticket.is_blind_ || ticket.window_ != window_) return;
  --blind_out_;
  allow_more();
}

void RateBucket::allow_more() {
  blind_allowed_ = std::min(blind_allowed_ * 2, kMostBlind);
}

void RateBucket::lost(Ticket ticket) {
  settle(ticket);
}

void RateBucket::not_counted(Ticket ticket) {
  settle(ticket);
  give_back();
}

// Whatever is unanswered is taken off what is left: when it was sent, or when its window became known.
void RateBucket::give_back() {
  if (known_) known_->left = std::min(known_->left + 1, known_->limit);
}

RateBucket::Age RateBucket::age_of(const RateLimit& seen, Moment now) const {
  if (seen.reset <= now.calendar) return Age::kOver;
  if (!known_ || seen.reset - known_->reset > kResetJitter) return Age::kNew;
  return known_->reset - seen.reset > kResetJitter ? Age::kOver : Age::kSame;
}

void RateBucket::answered(Ticket ticket, const std::optional<RateLimit>& seen, Moment now) {
  lapse(now.steady);
  settle(ticket);
  if (!seen) return;
  // Counted in the window before, but set aside in this one when it began.
  const bool is_carried = known_ && ticket.window_ != window_ && age_of(*seen, now) == Age::kOver;
  if (is_carried) give_back();
  learn(*seen, now);
}

// Answers overtake each other, so within a window the lowest number counts, and what was sent since is
// already taken off it. A new window has all that is under way taken off: some of it may count there.
void RateBucket::learn(const RateLimit& seen, Moment now) {
  lapse(now.steady);
  switch (age_of(seen, now)) {
    case Age::kOver: return;
    case Age::kSame:
      known_->limit = seen.limit;
      known_->left = std::min(known_->left, seen.remaining);
      return;
    case Age::kNew: break;
  }
  ++window_;
  known_.emplace(seen, seen.remaining - std::min(seen.remaining, unanswered_), end_of(seen, now));
}

void RateBucket::limited(const std::optional<RateLimit>& seen, SteadyPoint until, Moment now) {
  lapse(now.steady);
  if (seen && known_ && known_->reset - seen->reset > kResetJitter) return;
  if (!seen) begin_blind();  // GitHub has none left, whatever was known
  refused_until_ = std::max(refused_until_.value_or(until), until);
}

}  // namespace hubwarden::github

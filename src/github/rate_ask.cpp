#include "github/rate_ask.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace hubwarden::github {
namespace {

struct Reason {
  RateRefusal refusal;
  Limit limit;
  std::string_view message;
};

constexpr std::array kReasons = std::to_array<Reason>({
    {RateRefusal::kPrimary, Limit::kPrimary, "GitHub's primary rate limit for this installation is used up"},
    {RateRefusal::kReserve, Limit::kPrimary,
     "what is left of GitHub's primary rate limit for this installation is kept for callers"},
    {RateRefusal::kSecondary, Limit::kSecondary, "GitHub's secondary rate limit holds this off"},
    {RateRefusal::kPace, Limit::kSecondary,
     "GitHub wants writes one after another, and this one's turn would come too late"},
    {RateRefusal::kRoom, Limit::kSecondary,
     "GitHub takes a number of requests at once for an installation, and no place came free in time"},
    {RateRefusal::kQueue, Limit::kSecondary,
     "GitHub takes a number of requests at once for an installation, and too many wait already"},
    {RateRefusal::kCaller, Limit::kCaller, "too many requests of this caller wait already"},
});

}  // namespace

Error refused(RateRefusal reason, Duration wait) {
  const auto* const found = std::ranges::find(kReasons, reason, &Reason::refusal);
  if (found == kReasons.end()) return {ErrorCode::kUnavailable, "hubwarden is shutting down"};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  return Error(ErrorCode::kRateLimited, std::string(found->message))
      .with_limit(found->limit)
      .with_retry_after(std::max(seconds, std::chrono::seconds(1)));
}

}  // namespace hubwarden::github

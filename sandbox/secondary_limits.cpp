#include "sandbox/secondary_limits.h"

#include <chrono>

namespace hubwarden::sandbox {
namespace {

constexpr auto kMinute = std::chrono::minutes(1);

}  // namespace

SecondaryLimits::InFlight::~InFlight() {
  if (limits_ != nullptr) --limits_->entries_[installation_].in_flight;
}

SecondaryLimits::InFlight SecondaryLimits::enter(InstallationId installation) {
  ++entries_[installation].in_flight;
  return {*this, installation};
}

std::optional<TimePoint> SecondaryLimits::take(InstallationId installation, std::uint64_t points,
                                               const Rule& rule, TimePoint now) {
  if (rule.concurrency == 0 && rule.points == 0) return std::nullopt;
  Entry& entry = entries_[installation];
  if (now < entry.locked_until) return entry.locked_until;
  if (now >= entry.minute_ends) {
    entry.minute_ends = now + kMinute;
    entry.points = 0;
  }
  entry.points += points;
  const bool too_many = rule.concurrency > 0 && entry.in_flight > rule.concurrency;
  const bool too_much = rule.points > 0 && entry.points > rule.points;
  if (!too_many && !too_much) return std::nullopt;
  entry.locked_until = now + std::chrono::duration_cast<TimePoint::duration>(rule.lockout);
  return entry.locked_until;
}

void SecondaryLimits::clear() {
  for (auto& [installation, entry] : entries_)
    entry = Entry{.in_flight = entry.in_flight, .points = 0, .minute_ends = {}, .locked_until = {}};
}

}  // namespace hubwarden::sandbox

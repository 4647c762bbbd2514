#include "sandbox/secondary_limits.h"

#include <chrono>
#include <utility>

namespace hubwarden::sandbox {
namespace {

constexpr auto kMinute = std::chrono::minutes(1);

}  // namespace

SecondaryLimits::InFlight::InFlight(std::shared_ptr<std::uint64_t> count) : count_(std::move(count)) {
  ++*count_;
}

SecondaryLimits::InFlight::~InFlight() {
  if (count_) --*count_;
}

SecondaryLimits::InFlight SecondaryLimits::enter(InstallationId installation) {
  return InFlight(entries_[installation].in_flight);
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
  const bool too_many = rule.concurrency > 0 && *entry.in_flight > rule.concurrency;
  const bool too_much = rule.points > 0 && entry.points > rule.points;
  if (!too_many && !too_much) return std::nullopt;
  entry.locked_until = now + std::chrono::duration_cast<TimePoint::duration>(rule.lockout);
  return entry.locked_until;
}

void SecondaryLimits::clear() {
  for (auto& [installation, entry] : entries_) {
    entry.points = 0;
    entry.minute_ends = TimePoint();
    entry.locked_until = TimePoint();
  }
}

}  // namespace hubwarden::sandbox

#include "sandbox/limits.h"

#include <chrono>

namespace hubwarden::sandbox {
namespace {

constexpr Duration kFailureWindow = std::chrono::minutes(1);

}  // namespace

RateWindows::Window& RateWindows::window_of(std::string_view who, Allowance allowance, TimePoint now) {
  const TimePoint end = now + std::chrono::duration_cast<TimePoint::duration>(allowance.window);
  auto found = windows_.find(who);
  if (found == windows_.end()) {
    if (windows_.size() >= kMaxWindows) {
      std::erase_if(windows_, [now](const auto& entry) { return entry.second.reset <= now; });
    }
    found = windows_.emplace(std::string(who), Window{0, end}).first;
  }
  if (found->second.reset <= now) found->second = Window{0, end};
  return found->second;
}

Quota RateWindows::take(std::string_view who, Allowance allowance, TimePoint now) {
  Window& window = window_of(who, allowance, now);
  if (window.used >= allowance.limit) return Quota{allowance.limit, window.used, window.reset, true};
  ++window.used;
  return Quota{allowance.limit, window.used, window.reset};
}

Quota RateWindows::look(std::string_view who, Allowance allowance, TimePoint now) const {
  const auto found = windows_.find(who);
  if (found == windows_.end() || found->second.reset <= now) {
    return Quota{allowance.limit, 0, now + std::chrono::duration_cast<TimePoint::duration>(allowance.window)};
  }
  return Quota{allowance.limit, found->second.used, found->second.reset};
}

void RateWindows::set(std::string_view who, std::uint64_t used, TimePoint reset) {
  windows_.insert_or_assign(std::string(who), Window{used, reset});
}

void RateWindows::give_back(std::string_view who) {
  const auto found = windows_.find(who);
  if (found != windows_.end() && found->second.used > 0) --found->second.used;
}

void FailedLogins::failed(std::string_view address, std::uint64_t limit, Duration lockout, TimePoint now) {
  if (limit == 0) return;
  if (addresses_.size() >= kMaxAddresses) addresses_.clear();
  Entry& entry = addresses_[std::string(address)];
  if (entry.count == 0 || now - entry.first > kFailureWindow) {
    entry.count = 0;
    entry.first = now;
  }
  if (++entry.count >= limit) {
    entry.closed_until = now + std::chrono::duration_cast<TimePoint::duration>(lockout);
  }
}

bool FailedLogins::is_closed(std::string_view address, TimePoint now) const {
  const auto found = addresses_.find(address);
  return found != addresses_.end() && now < found->second.closed_until;
}

}  // namespace hubwarden::sandbox

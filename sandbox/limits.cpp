#include "sandbox/limits.h"

#include <chrono>

namespace hubwarden::sandbox {
namespace {

constexpr Duration kWindow = std::chrono::hours(1);
constexpr Duration kFailureWindow = std::chrono::minutes(1);

}  // namespace

Quota RateWindows::take(std::string_view who, std::uint64_t limit, TimePoint now) {
  auto found = windows_.find(who);
  if (found == windows_.end()) {
    if (windows_.size() >= kMaxWindows) {
      std::erase_if(windows_, [now](const auto& entry) { return entry.second.reset <= now; });
    }
    found = windows_.emplace(std::string(who), Window{0, now + kWindow}).first;
  }
  Window& window = found->second;
  if (window.reset <= now) window = Window{0, now + kWindow};
  if (window.used >= limit) return Quota{limit, window.used, window.reset, true};
  ++window.used;
  return Quota{limit, window.used, window.reset};
}

Quota RateWindows::look(std::string_view who, std::uint64_t limit, TimePoint now) const {
  const auto found = windows_.find(who);
  if (found == windows_.end() || found->second.reset <= now) return Quota{limit, 0, now + kWindow};
  return Quota{limit, found->second.used, found->second.reset};
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

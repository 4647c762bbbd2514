#pragma once

// GitHub's counting of requests: windows of an hour or a minute, and the lock after too many failed logins.
// Pure; time is an argument.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sandbox/resources.h"

namespace hubwarden::sandbox {

struct Quota {
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
  TimePoint reset;
  bool exceeded = false;  // this request was one too many

  std::uint64_t remaining() const { return used >= limit ? 0 : limit - used; }
};

class RateWindows {
 public:
  // Windows beyond this many: those that have ended are dropped.
  static constexpr std::size_t kMaxWindows = 10'000;

  // Counts one request against `who`, which names party and resource.
  Quota take(std::string_view who, Allowance allowance, TimePoint now);
  // Without counting.
  Quota look(std::string_view who, Allowance allowance, TimePoint now) const;
  // For tests: so much has been used, until then.
  void set(std::string_view who, std::uint64_t used, TimePoint reset);
  // A 304 to a well-authorised request is free.
  void give_back(std::string_view who);

 private:
  struct Window {
    std::uint64_t used = 0;
    TimePoint reset;
  };
  Window& window_of(std::string_view who, Allowance allowance, TimePoint now);

  std::map<std::string, Window, std::less<>> windows_;
};

class FailedLogins {
 public:
  static constexpr std::size_t kMaxAddresses = 10'000;

  void failed(std::string_view address, std::uint64_t limit, Duration lockout, TimePoint now);
  bool is_closed(std::string_view address, TimePoint now) const;

 private:
  struct Entry {
    std::uint64_t count = 0;
    TimePoint first;
    TimePoint closed_until;
  };
  std::map<std::string, Entry, std::less<>> addresses_;
};

}  // namespace hubwarden::sandbox

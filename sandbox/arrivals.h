#pragma once

// Every request that arrived, whatever came of it: so that a test can say what never did. The last ones, as
// many as a test makes; the total counts on.

#include <boost/json/array.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sandbox/call.h"

namespace hubwarden::sandbox {

class Arrivals {
 public:
  static constexpr std::size_t kMaxArrivals = 50'000;
  static constexpr std::size_t kMaxTarget = 4096;  // of one; what is longer is cut

  // `front`: "rest", "git" or "files". Credentials are told by their digest alone.
  void add(std::string_view front, const Call& call, TimePoint at);
  std::uint64_t total() const { return next_sequence_ - 1; }
  void clear() { arrivals_.clear(); }

  struct Question {
    std::uint64_t since = 0;
    std::size_t limit = 0;
    std::string contains;  // in the target; "": all
  };
  // Oldest first: [{"sequence", "at", "front", "method", "target", "hashed_token"}]
  boost::json::array list(const Question& question) const;

 private:
  struct Arrival {
    std::uint64_t sequence;
    TimePoint at;
    std::string_view front;
    http::Method method;
    std::string target;
    std::string hashed_token;  // "" without credentials
  };

  std::uint64_t next_sequence_ = 1;
  std::deque<Arrival> arrivals_;
};

}  // namespace hubwarden::sandbox

#pragma once

// The list of tokens to be ended that the replicas of a fleet share, so that what one of them has promised is
// kept by another. A replica that is alone has `NoSharedEnds`.
//
// Nothing here fails: a list that is away keeps nothing and knows of nothing.

#include <cstddef>
#include <string>
#include <vector>

#include "tokens/ending.h"

namespace hubwarden::tokens {

class SharedEnds {
 public:
  virtual ~SharedEnds() = default;
  // True if it is kept there now.
  virtual net::Task<bool> keep(EndingPtr ending) = 0;
  // It has ended, or there is nothing left to do.
  virtual net::Task<> drop(EndingPtr ending) = 0;
  // Some of that host that are overdue by kGrace at `now`, GitHub's time: whoever promised it does not live
  // any more. For kClaim they are the caller's; what is not dropped by then is given out again.
  virtual net::Task<std::vector<EndingPtr>> claim(std::string host, TimePoint now, std::size_t most) = 0;

  static constexpr Duration kGrace = std::chrono::seconds(10);
  static constexpr Duration kClaim = std::chrono::seconds(60);
};

class NoSharedEnds final : public SharedEnds {
 public:
  net::Task<bool> keep(EndingPtr) override { co_return false; }
  net::Task<> drop(EndingPtr) override { co_return; }
  net::Task<std::vector<EndingPtr>> claim(std::string, TimePoint, std::size_t) override {
    co_return std::vector<EndingPtr>();
  }
};

}  // namespace hubwarden::tokens

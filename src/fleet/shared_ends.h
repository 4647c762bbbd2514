#pragma once

// The tokens that a fleet has promised to end, in Redis: sealed, by when they are due. Redis away or holding
// what we cannot read: nothing is kept, and nothing is overdue.
//
//   SharedEnds ends({redis, random}, keys);
//
// For each host a sorted set of names, by the time at which whoever looks may have them, and a hash with what
// the names stand for. Source: docs/fleet.md. Threads: any.

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "fleet/seal_keys.h"
#include "redis/client.h"
#include "redis/script.h"
#include "tokens/shared_ends.h"

namespace hubwarden::fleet {

class SharedEnds final : public tokens::SharedEnds {
 public:
  struct Parts {
    redis::Client& redis;
    Random& random;
  };

  // All of `parts`, and the keys, outlive it.
  SharedEnds(Parts parts, const SealKeys& keys) : parts_(parts), keys_(keys) {}

  net::Task<bool> keep(tokens::EndingPtr ending) override;
  net::Task<> drop(tokens::EndingPtr ending) override;
  net::Task<std::vector<tokens::EndingPtr>> claim(std::string host, TimePoint now, std::size_t most) override;

  // GitHub has ended by then whatever is in it.
  static constexpr Duration kKept = std::chrono::minutes(65);

 private:
  tokens::EndingPtr opened(std::string_view place, const redis::Reply& name,
                           const redis::Reply& sealed) const;

  Parts parts_;
  const SealKeys& keys_;
};

}  // namespace hubwarden::fleet

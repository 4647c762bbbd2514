#pragma once

// A replica whose tokens are taken back, what it shares with others, and a GitHub that takes back what it is
// told.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/support/fake_revoker.h"
#include "tests/support/fake_upstream.h"
#include "tokens/memory_shared_cache.h"
#include "tokens/memory_shared_ends.h"
#include "tokens/withdrawer.h"

namespace hubwarden::tokens {

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
inline const AppRef kApp("github.com", "1");

class WithdrawalTest : public ::testing::Test {
 protected:
  WithdrawalTest() { time.spawn(ends.run()); }
  ~WithdrawalTest() override { time.run(stop()); }

  static Scope scope_for(std::uint64_t id) {
    const RepositoryRef one(testing::repository("acme/r" + std::to_string(id)), RepositoryId(id));
    return {kApp, InstallationId(7), *RepositorySelection::of({one}),
            PermissionSelection::of(testing::permissions("contents:read"))};
  }
  // From it.
  TokenPtr mint(TokenEngine& replica, const Scope& scope) {
    const Wish wish(Duration::zero(), time.clock().steady_now() + std::chrono::seconds(30));
    return time.run(replica.token(scope, wish))->token;
  }

  testing::VirtualTime time{kStart};
  SeededRandom random{1};
  testing::FakeUpstream github{time};
  testing::FakeRevoker revoker{time};
  MemorySharedCache shared{time.clock(), time};
  EngineEvents events;
  EndEvents told;
  MemorySharedEnds list;
  TokenEngine engine{{time.clock(), time, random, github, shared, events}, EngineOptions{}};
  TokenEnds ends{{time.clock(), time, random, revoker, list, told}, "github.com"};
  Withdrawer withdrawer{{time.clock(), time, engine, ends}, kApp};

 private:
  net::Task<bool> stop() {
    co_await ends.stop();
    co_return true;
  }
};

}  // namespace hubwarden::tokens

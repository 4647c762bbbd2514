// How long callers wait for a Redis that is slow, in virtual time.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/shared_places.h"
#include "fleet/shared_tokens.h"
#include "tests/support/fake_upstream.h"
#include "tokens/engine.h"
#include "tokens/lookup.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using hubwarden::testing::FakeUpstream;
using hubwarden::testing::VirtualTime;
using redis::Reply;
using tokens::LocationPtr;
using tokens::Served;

constexpr TimePoint kNoon{std::chrono::seconds(1'800'000'000)};
const tokens::AppRef kApp("github.com", "12");

// Answers each command so late, or never.
class SlowRedis final : public redis::Client {
 public:
  enum class Lease { kFree, kAnothers };

  explicit SlowRedis(VirtualTime& time) : time_(time) {}

  net::Task<Result<Reply>> ask(std::string, std::string command) override {
    co_await net::sleep_until(time_, time_.clock().steady_now() + takes);
    if (takes >= kTimeout) co_return fail(ErrorCode::kUnavailable, "Redis did not answer in time");
    Reply reply = answer_to(command);
    reply.set_took(takes);
    co_return reply;
  }
  bool is_available() const override { return true; }
  net::Task<> stop() override { co_return; }

  SteadyPoint::duration takes{};
  Lease lease = Lease::kFree;

 private:
  Reply answer_to(std::string_view command) const {
    if (command.contains("\r\nEVALSHA\r\n")) return lease_answer();
    return command.contains("\r\nEXISTS\r\n") ? Reply::integer_of(0) : Reply();
  }
  Reply lease_answer() const {
    Reply answer = Reply::array_of(1);
    answer.items() = {Reply::text_of(lease == Lease::kFree ? "taken" : "anothers")};
    return answer;
  }

  VirtualTime& time_;
};

class PatienceTest : public ::testing::TestWithParam<SlowRedis::Lease> {
 protected:
  ~PatienceTest() override {
    time.run(engine.stop());
    time.run(lookup.stop());
  }

  // Until a token is there that nobody had before, from a GitHub that answers at once.
  SteadyPoint::duration wait_for_token(const std::string& name) {
    const SteadyPoint begun = time.clock().steady_now();
    const http::CallContext context(begun + 30s);
    const Result<LocationPtr> found = time.run(lookup.find(*policy::Repository::parse(name), context));
    EXPECT_TRUE(found);
    const tokens::RepositoryRef repository(*policy::Repository::parse(name), std::nullopt);
    const tokens::Scope scope(
        kApp, (*found)->installation(), *tokens::RepositorySelection::of({repository}),
        tokens::PermissionSelection::of(*policy::PermissionSet::parse("contents:read")));
    const Result<Served> served = time.run(engine.token(scope, tokens::Wish(Duration::zero(), context)));
    EXPECT_TRUE(served);
    return time.clock().steady_now() - begun;
  }

  VirtualTime time{kNoon};
  SeededRandom random{1};
  obs::Metrics metrics;
  std::vector<Secret> secrets = [] {
    std::vector<Secret> all;
    all.emplace_back("a secret");
    return all;
  }();
  SealKeys keys{secrets};
  SlowRedis redis{time};
  SharedTokens shared_tokens{{redis, time, time.clock(), random, metrics}, keys};
  SharedPlaces shared_places{{redis, time.clock(), random, metrics}, keys};
  FakeUpstream github{time};
  tokens::EngineEvents events;
  tokens::Lookup lookup{{time.clock(), time, random, github, shared_places}, {kApp}, 1000};
  tokens::TokenEngine engine{{time.clock(), time, random, github, shared_tokens, events},
                             tokens::EngineOptions{}};
};

TEST_P(PatienceTest, EndsAfter300MillisecondsHoweverSlowRedisIs) {
  github.mint_takes = Duration::zero();
  redis.lease = GetParam();
  SteadyPoint::duration longest{};
  for (auto takes = 1ms; takes <= redis::Client::kTimeout; ++takes) {
    redis.takes = takes;
    const SteadyPoint::duration waited = wait_for_token("acme/r" + std::to_string(takes.count()));
    EXPECT_LE(waited, 300ms) << "a command takes " << takes.count() << " ms";
    longest = std::max(longest, waited);
    time.advance(30s);
  }
  EXPECT_GE(longest, 200ms) << "it is asked while it answers";
  EXPECT_EQ(github.mints, redis::Client::kTimeout / 1ms);
}

INSTANTIATE_TEST_SUITE_P(WithALease, PatienceTest,
                         ::testing::Values(SlowRedis::Lease::kFree, SlowRedis::Lease::kAnothers),
                         [](const auto& lease) {
                           return lease.param == SlowRedis::Lease::kFree ? "Free" : "OfAnother";
                         });

}  // namespace
}  // namespace hubwarden::fleet

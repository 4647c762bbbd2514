// Whose trace GitHub is told: that of the request which makes it necessary to ask.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_upstream.h"
#include "tokens/service.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeUpstream;
using ::testing::IsEmpty;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
const AppRef kApp("github.com", "1");
const std::string kFirst(32, 'a');
const std::string kSecond(32, 'b');

class TraceTest : public ::testing::Test {
 protected:
  TraceTest() { engine.teach(lookup.learner()); }

  http::CallContext within(const std::string& trace) {
    return {time.clock().steady_now() + 30s,
            wire::TraceContext::parse("00-" + trace + "-00f067aa0ba902b7-01")};
  }
  net::Task<> ask(std::string trace) {
    TokenAsk wanted("github.com", {repository("acme/widgets")},
                    PermissionSelection::of(permissions("contents:read")));
    const http::CallContext context = within(trace);
    const Result<Served> served = co_await service.token(std::move(wanted), context);
    if (served) last = served->token;
  }
  // What GitHub was told since the last time.
  std::vector<std::string> told() { return std::exchange(github.traces, {}); }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  Alone alone;
  EngineEvents events;
  TokenEngine engine{{time.clock(), time, random, github, alone, events}, EngineOptions{}};
  NoSharedPlaces places;
  Lookup lookup{{time.clock(), time, random, github, places}, {kApp}, 1000};
  TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  TokenPtr last;
};

TEST_F(TraceTest, IsToldWithTheLookUpAndTheMint) {
  time.run(ask(kFirst));
  EXPECT_THAT(told(), ElementsAre(kFirst, kFirst));
  time.run(ask(kSecond));
  EXPECT_THAT(told(), IsEmpty()) << "the token was at hand";
}

TEST_F(TraceTest, IsTheFirstCallersWhereManyWaitForOneAnswer) {
  github.lookup_takes = 1s;
  for (const std::string& trace : {kFirst, kSecond, kSecond}) time.spawn(ask(trace));
  time.advance(10s);
  EXPECT_THAT(told(), ElementsAre(kFirst, kFirst));
}

TEST_F(TraceTest, IsNobodysWhereATokenIsRenewedAheadOfTime) {
  time.spawn(engine.keep_warm());
  time.run(ask(kFirst));
  told();
  time.advance(25min);
  time.run(ask(kSecond));
  time.advance(27min);
  EXPECT_THAT(told(), ElementsAre("")) << "renewed in the background, having been used";
  time.run(engine.stop());
}

TEST_F(TraceTest, IsNobodysWhereARequestOnlySetsOffARenewal) {
  time.run(ask(kFirst));
  told();
  time.advance(52min);
  time.run(ask(kSecond));
  time.advance(1s);
  EXPECT_THAT(told(), ElementsAre("")) << "the caller was served and did not wait for it";
}

TEST_F(TraceTest, IsTheReportersWhereATokenIsSaidToBeRefused) {
  time.run(ask(kFirst));
  told();
  github.revoked.insert(std::string(last->reveal()));
  time.advance(1min);
  ASSERT_TRUE(time.run(service.rejected(Secret(last->reveal()), may_have_any, within(kSecond))));
  EXPECT_THAT(told(), ElementsAre(kSecond));
}

}  // namespace
}  // namespace hubwarden::tokens

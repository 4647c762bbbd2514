// What becomes of tokens whose scope is stopped: those that are held, those under way, those of others.

#include <gmock/gmock.h>

#include "tests/support/fake_upstream.h"
#include "tokens/engine.h"
#include "tokens/lookup.h"
#include "tokens/memory_shared_cache.h"
#include "tokens/service.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using store::Revocation;
using store::RevocationId;
using store::RevokedKind;
using ::testing::ElementsAre;
using testing::FakeUpstream;
using ::testing::IsEmpty;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
const AppRef kApp("github.com", "1");

Scope scope_for(std::string_view name, std::uint64_t id) {
  const RepositoryRef one(repository(name), RepositoryId(id));
  return {kApp, InstallationId(7), *RepositorySelection::of({one}),
          PermissionSelection::of(permissions("contents:read"))};
}
Scope widgets() {
  return scope_for("acme/widgets", 42);
}
Scope gadgets() {
  return scope_for("acme/gadgets", 43);
}

class StoppingTest : public ::testing::Test {
 protected:
  StoppingTest() {
    engine.heed(stops, [this](const Scope&, const TokenPtr& token) { taken_back.push_back(token); });
    engine.teach(lookup.learner());
    service.heed(stops);
  }

  void stop(std::string_view name = "acme/widgets") {
    Revocation revocation(RevocationId(1), RevokedKind::kRepository, std::string(name), kStart);
    revocation.host = "github.com";
    stops.apply(RevocationId(1), revocation);
  }
  std::vector<TokenPtr> take() {
    std::vector<TokenPtr> tokens;
    const auto taken =
        time.run(engine.take([this](const Scope& scope) { return stops.of(scope).has_value(); }));
    for (const TokenEngine::Known& each : taken) tokens.push_back(each.token);
    return tokens;
  }
  Result<Served> ask(const Scope& scope) {
    return time.run(engine.token(scope, Wish(Duration::zero(), time.clock().steady_now() + 30s)));
  }
  net::Task<> ask_into(Scope scope, std::optional<Result<Served>>& answer) {
    const Wish wish(Duration::zero(), time.clock().steady_now() + 30s);
    Result<Served> served = co_await engine.token(std::move(scope), wish);
    answer.emplace(std::move(served));
  }
  TokenAsk ask_for(std::string_view name) {
    return {"github.com", {repository(name)}, PermissionSelection::of(permissions("contents:read"))};
  }
  Result<Served> serve(std::string_view name) {
    return time.run(service.token(ask_for(name), time.clock().steady_now() + 30s));
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  MemorySharedCache shared{time.clock(), time};
  EngineEvents events;
  TokenEngine engine{{time.clock(), time, random, github, shared, events}, EngineOptions{}};
  NoSharedPlaces places;
  Lookup lookup{{time.clock(), time, random, github, places}, {kApp}, 1000};
  TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  Stops stops;
  std::vector<TokenPtr> taken_back;
};

TEST_F(StoppingTest, NothingIsMintedForWhatIsStopped) {
  stop();
  EXPECT_EQ(ask(widgets()).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(github.mints, 0);
  EXPECT_TRUE(ask(gadgets()));
  stops.apply(RevocationId(1), std::nullopt);
  EXPECT_TRUE(ask(widgets())) << "at once: a stop leaves no pause behind";
}

TEST_F(StoppingTest, WhatIsHeldIsTakenOutOfBothTiers) {
  const TokenPtr token = ask(widgets())->token;
  const TokenPtr other = ask(gadgets())->token;
  stop();
  EXPECT_THAT(take(), ElementsAre(token));
  EXPECT_EQ(engine.peek(widgets().key(), 0s).token, nullptr);
  EXPECT_FALSE(time.run(shared.find(widgets().key())).minted);
  EXPECT_EQ(engine.peek(gadgets().key(), 0s).token, other);
  EXPECT_THAT(take(), IsEmpty()) << "once";
}

TEST_F(StoppingTest, WhatWasReplacedAndStillLivesIsTakenToo) {
  const TokenPtr old = ask(widgets())->token;
  time.advance(56min);
  const TokenPtr young = ask(widgets())->token;
  ASSERT_NE(old, young);
  stop();
  EXPECT_THAT(take(), ElementsAre(young, old));
}

TEST_F(StoppingTest, WhatHasEndedIsNotTaken) {
  ask(widgets());
  time.advance(56min);
  const TokenPtr young = ask(widgets())->token;
  time.advance(5min);
  stop();
  EXPECT_THAT(take(), ElementsAre(young));
}

TEST_F(StoppingTest, AMintUnderWayIsGivenToNobodyAndTakenBack) {
  github.mint_takes = 5s;
  std::optional<Result<Served>> answer;
  time.spawn(ask_into(widgets(), answer));
  time.advance(1s);
  stop();
  EXPECT_THAT(take(), IsEmpty());
  time.advance(10s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code(), ErrorCode::kForbidden);
  ASSERT_EQ(taken_back.size(), 1U);
  EXPECT_EQ(taken_back.front(), github.issued.front());
  EXPECT_FALSE(time.run(shared.find(widgets().key())).minted);
  EXPECT_EQ(engine.size(), 0U);
}

TEST_F(StoppingTest, AnotherReplicasTokenIsTakenBackByWhoeverFindsIt) {
  TokenEngine another{{time.clock(), time, random, github, shared, events}, EngineOptions{}};
  ASSERT_TRUE(time.run(another.token(widgets(), Wish(Duration::zero(), time.clock().steady_now() + 30s))));
  // Between the question whether it is stopped and the answer of the other tier.
  shared.find_takes = 1s;
  std::optional<Result<Served>> answer;
  time.spawn(ask_into(widgets(), answer));
  time.advance(500ms);
  stop();
  time.advance(5s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code(), ErrorCode::kForbidden);
  EXPECT_THAT(taken_back, ElementsAre(github.issued.front()));
  EXPECT_FALSE(time.run(shared.find(widgets().key())).minted);
}

TEST_F(StoppingTest, ACallerIsRefusedByNameBeforeAnybodyIsAsked) {
  stop();
  EXPECT_EQ(serve("Acme/Widgets").error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(github.lookups, 0);
}

TEST_F(StoppingTest, AShortcutLeadsNowhereOnceItsRepositoryIsStopped) {
  ASSERT_TRUE(serve("acme/widgets"));
  const Peeked found = service.peek(ask_for("acme/widgets"));
  ASSERT_TRUE(found.token);
  const SteadyPoint now = time.clock().steady_now();
  EXPECT_TRUE(service.follow("github.com", found.way, now));
  stop();
  EXPECT_FALSE(service.follow("github.com", found.way, now)) << "before anybody has taken it";
  EXPECT_FALSE(service.peek(ask_for("acme/widgets")).token);
}

TEST_F(StoppingTest, ARepositoryIsStoppedUnderItsNewName) {
  Revocation revocation(RevocationId(1), RevokedKind::kRepository, "acme/widgets", kStart);
  revocation.host = "github.com";
  revocation.repository = RepositoryId(42);
  github.repository_ids["acme/gizmos"] = 42;
  ASSERT_TRUE(serve("acme/gizmos"));
  stops.apply(RevocationId(1), revocation);
  EXPECT_FALSE(service.peek(ask_for("acme/gizmos")).token);
  EXPECT_EQ(serve("acme/gizmos").error().code(), ErrorCode::kForbidden);
}

}  // namespace
}  // namespace hubwarden::tokens

#include "tokens/service.h"

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::FakeUpstream;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
const AppRef kApp("github.com", "1");
const AppRef kEnterprise("github.example.com", "1");

TokenAsk ask_for(std::string_view name, std::string_view permission = "contents:read") {
  return {"github.com", {repository(name)}, PermissionSelection::of(permissions(permission))};
}

// Tokens for one repository with those permissions or fewer.
MayHave within(std::string_view name, std::string_view permission = "contents:write") {
  return [only = repository(name), most = permissions(permission)](const Scope& scope) {
    const std::vector<RepositoryRef>& chosen = scope.repositories().chosen();
    return chosen.size() == 1 && chosen.front().name() == only && most.covers(*scope.permissions().set());
  };
}

// Has tokens for github.com and ghe.example.com; what it answers is the test's.
class ScriptedSource final : public OtherSource {
 public:
  std::optional<Error> error;
  int asked = 0;

  bool has_tokens_for(std::string_view host) const override {
    return host == "github.com" || host == "ghe.example.com";
  }
  net::Task<Result<TokenPtr>> token(TokenAsk, SteadyPoint) override {
    ++asked;
    if (error) co_return std::unexpected(*error);
    TokenFacts facts;
    facts.source = TokenSource::kPlugin;
    co_return std::make_shared<const Token>(Secret("tok_plugin"), "tok_…", facts);
  }
};

class TokenServiceTest : public ::testing::Test {
 protected:
  TokenServiceTest() {
    engine.teach([this](const AppRef& app, const MintedRepository& minted, SteadyPoint when) {
      (app == kApp ? here : there).learn(minted, when);
    });
  }

  void learn(const policy::Repository& asked, const RepositoryRef& answered) {
    here.learn(MintedRepository(asked, answered), time.clock().steady_now());
  }

  TokenService service_with(std::unique_ptr<Fallback> fallback) {
    const std::vector<HostTokens> hosts = {{here, engine, github}, {there, engine, github}};
    return TokenService(time.clock(), time, hosts, std::move(fallback));
  }
  TokenService service_with_other(std::unique_ptr<Fallback> fallback) {
    const std::vector<HostTokens> hosts = {{there, engine, github}};
    auto source = std::make_unique<ScriptedSource>();
    script = source.get();
    return TokenService(time.clock(), time, hosts, std::move(fallback), std::move(source));
  }
  Result<Served> get(TokenService& from, const TokenAsk& ask) {
    return time.run(from.token(ask, time.clock().steady_now() + 30s));
  }
  std::unique_ptr<Fallback> reading(std::string_view name) {
    TokenFacts facts;
    facts.source = TokenSource::kStatic;
    auto token = std::make_shared<const Token>(Secret("ghp_static"), "ghp_…", facts);
    return std::make_unique<Fallback>("github.com", token, std::vector{repository(name)}, false);
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  Alone alone;
  EngineEvents events;
  TokenEngine engine{{time.clock(), time, random, github, alone, events}, EngineOptions{}};
  ScriptedSource* script = nullptr;
  NoSharedPlaces places;
  Lookup here{{time.clock(), time, random, github, places}, {kApp}, 1000};
  Lookup there{{time.clock(), time, random, github, places}, {kEnterprise}, 1000};
};

TEST_F(TokenServiceTest, MintsOnceForAThousandCallersWhoNameARepositoryThatNobodyKnowsYet) {
  TokenService service = service_with(nullptr);
  int served = 0;
  for (int i = 0; i < 1000; ++i) {
    time.spawn([](TokenService& from, VirtualTime& clock, int& count) -> net::Task<> {
      const SteadyPoint deadline = clock.clock().steady_now() + 30s;
      const Result<Served> got = co_await from.token(ask_for("acme/widgets"), deadline);
      if (got) ++count;
    }(service, time, served));
  }
  time.advance(30s);
  EXPECT_EQ(served, 1000);
  EXPECT_EQ(github.mints, 1);
  EXPECT_EQ(github.lookups, 1);
  EXPECT_NE(service.peek(ask_for("acme/widgets")).token, nullptr);
}

TEST_F(TokenServiceTest, AsksTheOtherSourceOnHostsWithoutAnAppAlone) {
  TokenService service = service_with_other(nullptr);
  const Result<Served> served = get(service, ask_for("acme/widgets"));
  ASSERT_TRUE(served);
  EXPECT_EQ(served->token->reveal(), "tok_plugin");
  EXPECT_EQ(service.peek(ask_for("acme/widgets")).token, nullptr) << "it is asked each time";
  TokenAsk with_app = ask_for("acme/widgets");
  with_app.host = "github.example.com";
  EXPECT_EQ(get(service, with_app)->token->facts().source, TokenSource::kApp);
  github.lookup_error = Error(ErrorCode::kUpstreamAuth, "the key is refused");
  with_app.repositories = {repository("acme/gadgets")};
  EXPECT_EQ(get(service, with_app).error().code(), ErrorCode::kUpstreamAuth) << "nobody gets around the App";
  TokenAsk elsewhere = ask_for("acme/widgets");
  elsewhere.host = "nowhere.example.com";
  EXPECT_EQ(get(service, elsewhere).error().message(), "no GitHub App is configured for nowhere.example.com");
  EXPECT_EQ(script->asked, 1);
}

TEST_F(TokenServiceTest, TakesTheStaticTokenWhereTheOtherSourceDeclinesAndNotWhereItFails) {
  TokenService service = service_with_other(reading("acme/widgets"));
  EXPECT_EQ(get(service, ask_for("acme/widgets"))->token->facts().source, TokenSource::kPlugin);
  script->error = Error(ErrorCode::kUnavailable, "it is away");
  EXPECT_EQ(get(service, ask_for("acme/widgets")).error().message(), "it is away");
  script->error = Error(ErrorCode::kNotConfigured, "no token for that");
  EXPECT_EQ(get(service, ask_for("acme/widgets"))->token->facts().source, TokenSource::kStatic);
  EXPECT_EQ(get(service, ask_for("acme/gadgets")).error().message(), "no token for that");
}

TEST_F(TokenServiceTest, GivesNoTokenThatItCannotEndToThoseWhoseTokensEnd) {
  TokenService service = service_with_other(reading("acme/widgets"));
  TokenAsk brief = ask_for("acme/widgets");
  brief.life = 15min;
  EXPECT_EQ(get(service, brief).error().message(), "no GitHub App is configured for github.com");
  EXPECT_EQ(script->asked, 0);
}

TEST_F(TokenServiceTest, FindsATokenForThoseOfItsLifeAlone) {
  TokenService service = service_with(nullptr);
  TokenAsk brief = ask_for("acme/widgets");
  brief.life = 15min;
  const TokenPtr token = get(service, brief)->token;
  EXPECT_EQ(service.peek(brief).token, token);
  EXPECT_EQ(service.peek(ask_for("acme/widgets")).token, nullptr);
  EXPECT_NE(get(service, ask_for("acme/widgets"))->token, token);
}

TEST_F(TokenServiceTest, KeepsMintingOncePerRefreshWhenItKnowsTheId) {
  TokenService service = service_with(nullptr);
  for (int minute = 0; minute < 240; ++minute) {
    ASSERT_TRUE(get(service, ask_for("acme/widgets")).has_value());
    time.advance(1min);
  }
  EXPECT_LE(github.mints, 5);
}

TEST_F(TokenServiceTest, FindsACachedTokenInWhateverOrderItsRepositoriesAreNamed) {
  TokenService service = service_with(nullptr);
  const auto ask = [](std::vector<policy::Repository> repositories) {
    TokenAsk made = ask_for("acme/widgets");
    made.repositories = std::move(repositories);
    return made;
  };
  const policy::Repository a = repository("acme/a"), b = repository("acme/b");
  const TokenPtr token = get(service, ask({b, a}))->token;
  EXPECT_EQ(service.peek(ask({a, b})).token, token);
  EXPECT_EQ(service.peek(ask({b, a, b})).token, token);
  EXPECT_EQ(service.peek(ask({a})).token, nullptr);
  EXPECT_EQ(service.peek(ask({})).token, nullptr);
}

TEST_F(TokenServiceTest, LeadsBackToATokenAsLongAsItIsTheOneToGive) {
  TokenService service = service_with(nullptr);
  const TokenAsk ask = ask_for("acme/widgets");
  const TokenPtr token = get(service, ask)->token;
  const Shortcut way = service.peek(ask).way;
  EXPECT_EQ(service.follow(ask.host, way, time.clock().steady_now()), token);
  EXPECT_EQ(service.follow("github.example.com", way, time.clock().steady_now()), nullptr);
  EXPECT_EQ(service.follow("evil.example.com", way, time.clock().steady_now()), nullptr);
  EXPECT_EQ(service.follow(ask.host, Shortcut(), time.clock().steady_now()), nullptr);
  time.advance(51min);
  EXPECT_EQ(service.follow(ask.host, way, time.clock().steady_now()), nullptr) << "a refresh is due";
}

TEST_F(TokenServiceTest, LeadsNowhereInAnotherServicesTokens) {
  TokenService service = service_with(nullptr);
  const TokenAsk ask = ask_for("acme/widgets");
  ASSERT_TRUE(get(service, ask).has_value());
  const Shortcut way = service.peek(ask).way;
  Lookup other{{time.clock(), time, random, github, places}, {kApp}, 1000};
  TokenService successor(time.clock(), time, {{other, engine, github}}, nullptr);
  EXPECT_EQ(successor.follow(ask.host, way, time.clock().steady_now()), nullptr);
}

// What may happen to a token or to the name that it was asked for by: each ends every way to it.
TEST_F(TokenServiceTest, LeadsNowhereOnceSomethingOnTheWayHasChanged) {
  TokenService service = service_with(nullptr);
  const TokenAsk ask = ask_for("acme/widgets");
  const policy::Repository widgets = repository("acme/widgets");
  const std::vector<std::function<void(const TokenPtr&)>> changes = {
      [&](const TokenPtr& token) {
        github.revoked.insert(std::string(token->reveal()));
        (void)time.run(service.rejected(Secret(token->reveal()), within("acme/widgets"),
                                        time.clock().steady_now() + 30s));
      },
      [&](const TokenPtr&) {
        time.run(engine.forget(Touched::installation({kApp}, InstallationId(github.installation), {})));
      },
      [&](const TokenPtr&) {
        TokenAsk longer = ask;
        longer.min_ttl = 55min;
        time.advance(10min);
        EXPECT_TRUE(get(service, longer).has_value()) << "minted anew";
      },
      [&](const TokenPtr&) { here.forget(widgets); },
      [&](const TokenPtr&) {
        here.forget(Touched::installation({kApp}, InstallationId(github.installation), {}));
      },
      [&](const TokenPtr&) { learn(widgets, RepositoryRef(repository("acme/renamed"), RepositoryId(1000))); },
      [&](const TokenPtr&) { learn(widgets, RepositoryRef(widgets, RepositoryId(77))); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    time.advance(2s);  // beyond the echo of the last mint, which would tell no id
    const Result<Served> served = get(service, ask);
    ASSERT_TRUE(served.has_value()) << i;
    const Shortcut way = service.peek(ask).way;
    ASSERT_EQ(service.follow(ask.host, way, time.clock().steady_now()), served->token) << i;
    changes[i](served->token);
    EXPECT_EQ(service.follow(ask.host, way, time.clock().steady_now()), nullptr) << i;
  }
}

TEST_F(TokenServiceTest, FindsNothingForWhatNoTokenMayCover) {
  TokenService service = service_with(nullptr);
  TokenAsk two_owners = ask_for("acme/widgets");
  ASSERT_TRUE(get(service, two_owners).has_value());
  ASSERT_TRUE(get(service, ask_for("other/widgets")).has_value());
  two_owners.repositories.push_back(repository("other/widgets"));
  EXPECT_EQ(get(service, two_owners).error().code(), ErrorCode::kInvalidRequest);
  EXPECT_EQ(service.peek(two_owners).token, nullptr);
}

TEST_F(TokenServiceTest, NeverGivesOneHostsTokenForAnother) {
  TokenService service = service_with(nullptr);
  TokenAsk elsewhere = ask_for("acme/widgets");
  elsewhere.host = "github.example.com";
  EXPECT_NE(get(service, ask_for("acme/widgets"))->token, get(service, elsewhere)->token);
  TokenAsk nowhere = ask_for("acme/widgets");
  nowhere.host = "evil.example.com";
  EXPECT_EQ(get(service, nowhere).error().code(), ErrorCode::kNotConfigured);
  EXPECT_EQ(service.peek(nowhere).token, nullptr);
}

TEST_F(TokenServiceTest, LooksUpOnceMoreWhenAMintContradictsAnOldMapping) {
  TokenService service = service_with(nullptr);
  ASSERT_TRUE(get(service, ask_for("acme/widgets")).has_value());
  time.advance(59min + 30s);
  // Installed anew: the old installation answers 404, the look-up tells of the new one.
  github.installation = 8;
  github.mint_error = Error(ErrorCode::kAppNotInstalled, "gone");
  const int lookups = github.lookups;
  EXPECT_FALSE(get(service, ask_for("acme/widgets")).has_value());
  EXPECT_EQ(github.lookups, lookups + 1);
  github.mint_error.reset();
  time.advance(31s);
  EXPECT_TRUE(get(service, ask_for("acme/widgets")).has_value());
}

TEST_F(TokenServiceTest, RefusesRepositoriesOfTwoInstallationsInOneToken) {
  TokenService service = service_with(nullptr);
  ASSERT_TRUE(get(service, ask_for("acme/widgets")).has_value());
  github.installation = 8;
  TokenAsk both = ask_for("acme/widgets");
  both.repositories.push_back(repository("acme/gadgets"));
  EXPECT_EQ(get(service, both).error().code(), ErrorCode::kInvalidRequest);
}

TEST_F(TokenServiceTest, GivesTheConfiguredInstallationsTokenOnlyWhenThereIsOne) {
  TokenService service = service_with(nullptr);
  TokenAsk all("github.com", {}, PermissionSelection::all_granted());
  EXPECT_EQ(get(service, all).error().code(), ErrorCode::kInvalidRequest);
  all.installation = InstallationId(7);
  EXPECT_TRUE(get(service, all).has_value());
}

TEST_F(TokenServiceTest, FallsBackWhereTheAppCannotWorkAndNowhereElse) {
  TokenService service = service_with(reading("acme/docs"));
  const std::pair<ErrorCode, bool> rows[] = {
      {ErrorCode::kUpstreamAuth, true},          {ErrorCode::kInstallationSuspended, true},
      {ErrorCode::kRateLimited, false},          {ErrorCode::kUpstreamUnavailable, false},
      {ErrorCode::kPermissionNotGranted, false}, {ErrorCode::kUpstreamTimeout, false},
  };
  for (const auto& [code, falls_back] : rows) {
    github.mint_error = Error(code, "no");
    const Result<Served> served = get(service, ask_for("acme/docs"));
    EXPECT_EQ(served.has_value(), falls_back) << to_string(code);
    if (served) {
      EXPECT_EQ(served->token->facts().source, TokenSource::kStatic);
    } else {
      EXPECT_EQ(served.error().code(), code);
    }
    EXPECT_EQ(get(service, ask_for("acme/docs", "contents:write")).error().code(), code);
    EXPECT_EQ(get(service, ask_for("acme/secret")).error().code(), code);
    time.advance(5min);
  }
}

TEST_F(TokenServiceTest, DoesNotFallBackToARepositoryThatTheAppWasDeliberatelyNotGiven) {
  TokenService service = service_with(reading("acme/docs"));
  github.lookup_error = Error(ErrorCode::kAppNotInstalled, "not here");
  github.owners_with_app = {"acme"};
  EXPECT_EQ(get(service, ask_for("acme/docs")).error().code(), ErrorCode::kAppNotInstalled);
  github.owners_with_app.clear();
  EXPECT_TRUE(get(service, ask_for("acme/docs")).has_value());
}

TEST_F(TokenServiceTest, FallsBackForAHostWithoutAnApp) {
  TokenService service(time.clock(), time, {}, reading("acme/docs"));
  EXPECT_TRUE(get(service, ask_for("acme/docs")).has_value());
  EXPECT_EQ(get(service, ask_for("acme/other")).error().code(), ErrorCode::kNotConfigured);
}

TEST_F(TokenServiceTest, KeepsThePrimaryErrorWhenTheFallbackIsRefusedToo) {
  TokenService service = service_with(reading("acme/docs"));
  github.mint_error = Error(ErrorCode::kUpstreamAuth, "bad key");
  github.revoked.insert("ghp_static");
  const Result<Served> served = get(service, ask_for("acme/docs"));
  EXPECT_EQ(served.error().code(), ErrorCode::kUpstreamAuth);
  EXPECT_NE(served.error().detail(), "");
}

TEST_F(TokenServiceTest, ForgetsARejectedTokenOnlyWhenGitHubRefusesIt) {
  TokenService service = service_with(nullptr);
  const TokenPtr token = get(service, ask_for("acme/widgets"))->token;
  time.advance(1min);
  const auto report = [&](std::string_view value, std::string_view callers) {
    return time.run(service.rejected(Secret(value), within(callers), time.clock().steady_now() + 30s));
  };
  EXPECT_TRUE(report(token->reveal(), "acme/widgets").has_value());
  EXPECT_EQ(service.peek(ask_for("acme/widgets")).token, token) << "GitHub takes it still";
  github.revoked.insert(std::string(token->reveal()));
  EXPECT_TRUE(report("ghs_something_else", "acme/widgets").has_value());
  EXPECT_TRUE(report(token->reveal(), "acme/other").has_value());
  EXPECT_EQ(service.peek(ask_for("acme/widgets")).token, token) << "another's report";
  EXPECT_TRUE(report(token->reveal(), "acme/widgets").has_value());
  EXPECT_EQ(service.peek(ask_for("acme/widgets")).token, nullptr);
  EXPECT_NE(get(service, ask_for("acme/widgets"))->token, token);
}

TEST_F(TokenServiceTest, GivesAYoungTokenTimeToReachAllOfGitHubBeforeItBelievesARejection) {
  TokenService service = service_with(nullptr);
  const TokenPtr token = get(service, ask_for("acme/widgets"))->token;
  github.revoked.insert(std::string(token->reveal()));
  const SteadyPoint before = time.clock().steady_now();
  const SteadyPoint deadline = before + 30s;
  ASSERT_TRUE(time.run(service.rejected(Secret(token->reveal()), within("acme/widgets"), deadline)));
  EXPECT_GE(time.clock().steady_now() - before, 9s);
  EXPECT_GT(github.liveness_checks, 4);
  EXPECT_EQ(service.peek(ask_for("acme/widgets")).token, nullptr);
}

TEST_F(TokenServiceTest, LeavesAYoungTokenAloneWhenTheDeadlineComesBeforeItCanBeSure) {
  TokenService service = service_with(nullptr);
  const TokenPtr token = get(service, ask_for("acme/widgets"))->token;
  github.revoked.insert(std::string(token->reveal()));
  const SteadyPoint deadline = time.clock().steady_now() + 3s;
  const Result<> done = time.run(service.rejected(Secret(token->reveal()), may_have_any, deadline));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), ErrorCode::kUpstreamTimeout);
  EXPECT_LE(time.clock().steady_now(), deadline);
  EXPECT_EQ(service.peek(ask_for("acme/widgets")).token, token);
}

TEST_F(TokenServiceTest, HoldsAReportToTheCallersPermissionsToo) {
  TokenService service = service_with(nullptr);
  const TokenPtr writes = get(service, ask_for("acme/widgets", "contents:write"))->token;
  github.revoked.insert(std::string(writes->reveal()));
  time.advance(1min);
  const SteadyPoint deadline = time.clock().steady_now() + 30s;
  ASSERT_TRUE(time.run(
      service.rejected(Secret(writes->reveal()), within("acme/widgets", "contents:read"), deadline)));
  EXPECT_EQ(service.peek(ask_for("acme/widgets", "contents:write")).token, writes);
  EXPECT_EQ(github.liveness_checks, 0);
}

TEST_F(TokenServiceTest, DoesNotHandTheStaticTokenToThoseWhoNameAHostWithoutAnApp) {
  TokenService service = service_with(reading("acme/docs"));
  TokenAsk elsewhere = ask_for("acme/docs");
  elsewhere.host = "evil.example.com";
  EXPECT_EQ(get(service, elsewhere).error().code(), ErrorCode::kNotConfigured);
}

}  // namespace
}  // namespace hubwarden::tokens

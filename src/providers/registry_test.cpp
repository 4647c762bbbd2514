#include "providers/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "providers/provider_fixture.h"
#include "providers/registry_source.h"
#include "tests/support/run_task.h"
#include "tokens/service.h"

namespace hubwarden::providers {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RegistryTest : public ::testing::Test {
 protected:
  std::shared_ptr<FakeProvider> add(std::string name) {
    auto provider = std::make_shared<FakeProvider>(std::move(name));
    registry.add(provider);
    return provider;
  }
  // One that puts its own letter behind what is there.
  void add_writer(const std::string& letter) {
    auto provider = std::make_shared<FakeProvider>(letter);
    provider->change = [letter](BootEnvironment& environment) {
      const std::string before(environment.find("ORDER").value_or(""));
      return environment.set("ORDER", Secret(before + letter));
    };
    registry.add(provider);  // last: others may ask it at once
  }
  std::shared_ptr<FakeProvider> add_tokens(std::string name, std::string host, TimePoint expires_at) {
    auto provider = add(std::move(name));
    provider->host = std::move(host);
    provider->answer = [provider = provider.get(), expires_at] {
      return ProvidedToken(Secret("tok_of_" + std::string(provider->name())), expires_at);
    };
    return provider;
  }
  Result<BootEnvironment> boot() { return test::run(registry.environment(agent_7(), SteadyPoint::max())); }
  Result<ProvidedToken> token(std::string host, Duration min_ttl = Duration::zero()) {
    return test::run(registry.token(wish_of(std::move(host), min_ttl), SteadyPoint::max()));
  }

  ManualClock clock{kNow};
  Registry registry{clock};
};

TEST_F(RegistryTest, AsksInTheOrderOfRegistrationAndShowsEachWhatWasThere) {
  for (const char* const letter : {"c", "a", "b"}) add_writer(letter);
  const Result<BootEnvironment> environment = boot();
  ASSERT_TRUE(environment);
  EXPECT_EQ(environment->find("ORDER"), "cab");
  EXPECT_TRUE(Registry(clock).providers().empty());
}

TEST_F(RegistryTest, StopsAtTheFirstErrorAndNamesIt) {
  add_writer("a");
  add("vault")->change = [](BootEnvironment&) -> Result<> {
    return std::unexpected(Error(ErrorCode::kRateLimited, "it is sealed")
                               .with_fix(Fix::kOperator)
                               .with_detail("by hand")
                               .with_retry_after(7s)
                               .with_limit(Limit::kCaller)
                               .with_upstream_status(429));
  };
  const auto after = add("after");
  const Result<BootEnvironment> environment = boot();
  ASSERT_FALSE(environment);
  const Error& error = environment.error();
  EXPECT_EQ(error.message(), "provider 'vault': it is sealed");
  EXPECT_EQ(error.code(), ErrorCode::kRateLimited);
  EXPECT_EQ(error.fix(), Fix::kOperator);
  EXPECT_EQ(error.detail(), "by hand");
  EXPECT_EQ(error.retry_after(), 7s);
  EXPECT_EQ(error.limit(), Limit::kCaller);
  EXPECT_EQ(error.upstream_status(), 429);
  EXPECT_EQ(after->asked.load(), 0);
}

TEST_F(RegistryTest, IgnoresNull) {
  registry.add(nullptr);
  add_writer("a");
  registry.add(nullptr);
  EXPECT_EQ(registry.providers().size(), 1U);
  EXPECT_TRUE(boot());
}

TEST_F(RegistryTest, FindsTheFirstTokenProviderPastThoseThatAreNone) {
  add("none");
  add_tokens("other host", "github.example.com", TimePoint::max());
  add_tokens("first", "github.com", TimePoint::max());
  const auto second = add_tokens("second", "github.com", TimePoint::max());
  EXPECT_EQ(registry.token_provider("github.com")->name(), "first");
  EXPECT_EQ(registry.token_provider("ghe.example.com"), nullptr);
  EXPECT_EQ(token("github.com")->value.reveal(), "tok_of_first");
  EXPECT_EQ(second->asked.load(), 0);
  EXPECT_EQ(token("ghe.example.com").error().code(), ErrorCode::kNotConfigured);
}

TEST_F(RegistryTest, NeverGivesATokenThatHasExpiredOrWillTooSoon) {
  add_tokens("plugin", "github.com", kNow + 60s);
  EXPECT_TRUE(token("github.com", 60s));
  const Result<ProvidedToken> short_lived = token("github.com", 61s);
  ASSERT_FALSE(short_lived);
  EXPECT_THAT(short_lived.error().message(), HasSubstr("'plugin': it gave a token that lives shorter"));
  clock.advance(60s);
  const Result<ProvidedToken> expired = token("github.com");
  ASSERT_FALSE(expired);
  EXPECT_THAT(expired.error().message(),
              AllOf(HasSubstr("'plugin': it gave a token that has expired"), Not(HasSubstr("tok_"))));
  EXPECT_EQ(expired.error().fix(), Fix::kOperator);
}

TEST_F(RegistryTest, NamesTheProviderWhoseTokenFailed) {
  add_tokens("plugin", "github.com", kNow)->answer = []() -> Result<ProvidedToken> {
    return fail(ErrorCode::kUnavailable, "it is away");
  };
  EXPECT_EQ(token("github.com").error().message(), "provider 'plugin': it is away");
}

TEST_F(RegistryTest, TakesProvidersWhileItIsAsked) {
  constexpr int kEach = 50;
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([this, t] {
        for (int i = 0; i < kEach; ++i) add_writer(std::to_string(t));
      });
      threads.emplace_back([this, &failed] {
        for (int i = 0; i < kEach; ++i) {
          if (!boot()) ++failed;
          registry.token_provider("github.com");
        }
      });
    }
  }
  EXPECT_EQ(failed.load(), 0);
  EXPECT_EQ(registry.providers().size(), 4U * kEach);
  EXPECT_EQ(boot()->find("ORDER")->size(), 4U * kEach);
}

TEST_F(RegistryTest, AChainGoesOnWithTheProvidersThatItBeganWith) {
  add("adds one")->change = [this](BootEnvironment& environment) {
    add_writer("late");
    return environment.set("ORDER", Secret("first,"));
  };
  EXPECT_EQ(boot()->find("ORDER"), "first,");
  EXPECT_EQ(boot()->find("ORDER"), "first,late");
}

TEST_F(RegistryTest, IsASourceOfTokensForHostsWithoutAnApp) {
  add_tokens("plugin", "ghe.example.com", kNow + 10min);
  RegistrySource source(registry, clock, 60s);
  EXPECT_TRUE(source.has_tokens_for("ghe.example.com"));
  EXPECT_FALSE(source.has_tokens_for("github.com"));
  const auto ask = [&source](Duration min_ttl) {
    tokens::TokenAsk wanted("ghe.example.com", {*policy::Repository::parse("acme/widgets")},
                            tokens::PermissionSelection::all_granted());
    wanted.min_ttl = min_ttl;
    return test::run(source.token(std::move(wanted), SteadyPoint::max()));
  };
  const Result<tokens::TokenPtr> token = ask(Duration::zero());
  ASSERT_TRUE(token);
  EXPECT_EQ((*token)->reveal(), "tok_of_plugin");
  EXPECT_EQ((*token)->expires_at(), kNow + 10min);
  EXPECT_EQ((*token)->facts().source, tokens::TokenSource::kPlugin);
  EXPECT_THAT((*token)->answer().body(), HasSubstr(R"("source":"plugin")"));
  EXPECT_FALSE(ask(11min));
  clock.advance(9min + 1s);
  EXPECT_FALSE(ask(Duration::zero())) << "below the floor";
}

}  // namespace
}  // namespace hubwarden::providers

// Who has which token, in a real Redis.

#include "fleet/shared_holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/later.h"
#include "crypto/fingerprint.h"
#include "fleet/seal_keys_fixture.h"
#include "redis/single_client.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using redis::Reply;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using tokens::HeldToken;
using tokens::Swept;

class SharedHoldingsTest : public redis::RedisTest {
 protected:
  SharedHoldingsTest() {
    EXPECT_TRUE(comes_true([&] { return ask({"PING"}).has_value(); }));
  }
  ~SharedHoldingsTest() override {
    run(client.stop());
    run(one.stop());
  }

  template <class T>
  T on_loop(net::Task<T> task) {
    return net::block_on(loops.executor(1), std::move(task));
  }
  Result<Reply> ask(std::initializer_list<std::string_view> words) {
    return on_loop(client.ask("", redis::command_text(words)));
  }
  HeldToken held(std::string_view value, Duration life = 1h, std::string host = "github.com") {
    const Secret secret(value);
    tokens::TokenFacts facts;
    facts.expires_at = later(clock.now(), life);
    facts.minted_at = later(facts.expires_at, -1h);
    tokens::TokenCover cover;
    cover.repositories = {"acme/widgets"};
    return {std::move(host),
            std::make_shared<const tokens::Token>(secret, crypto::fingerprint(secret).text(), facts, cover)};
  }
  void note(std::vector<std::string> holders, const HeldToken& token,
            const std::vector<std::string>& shared_keys = {}) {
    one.note(std::move(holders), token, shared_keys);
    run(one.stop());
  }
  static std::vector<std::string> values_of(const Swept& found) {
    std::vector<std::string> values;
    for (const HeldToken& each : found.taken) values.emplace_back(each.token->reveal());
    return values;
  }
  Swept look(std::string holder, std::string host = "github.com") {
    return on_loop(other.of(std::move(host), std::move(holder)));
  }

  test::RedisProcess redis;
  redis::SingleClient client{parts(), redis.endpoint(), std::make_shared<const redis::Login>()};
  SystemRandom random;
  obs::Metrics metrics, metrics_of_other, metrics_of_stranger;
  const SealKeys keys = keys_of("key"), other_keys = keys_of("another key");
  SharedTokens shared{{client, timers, clock, random, metrics}, keys};
  SharedHoldings one{{loops.executor(0), client, shared, timers, clock, random, metrics}, keys};
  SharedHoldings other{{loops.executor(0), client, shared, timers, clock, random, metrics_of_other}, keys};
  SharedHoldings stranger{{loops.executor(0), client, shared, timers, clock, random, metrics_of_stranger},
                          other_keys};
};

TEST_F(SharedHoldingsTest, AreFoundUnderEachNameAndNoOther) {
  const HeldToken token = held("ghs_a");
  note({"session 1", "agent x"}, token);
  note({"session 2", "agent x"}, held("ghs_b"));
  EXPECT_THAT(values_of(look("session 1")), UnorderedElementsAre("ghs_a"));
  EXPECT_THAT(values_of(look("agent x")), UnorderedElementsAre("ghs_a", "ghs_b"));
  EXPECT_THAT(values_of(look("agent y")), IsEmpty());
  EXPECT_THAT(values_of(look("session 1", "ghe.example.com")), IsEmpty());
  const Swept found = look("session 1");
  const HeldToken& same = found.taken.front();
  EXPECT_EQ(same.host, "github.com");
  EXPECT_EQ(same.token->fingerprint(), token.token->fingerprint());
  EXPECT_EQ(same.token->facts().minted_at, token.token->facts().minted_at);
  EXPECT_EQ(same.token->expires_at(), token.token->expires_at());
  EXPECT_FALSE(found.incomplete);
  EXPECT_EQ(found.unreadable, 0U);
}

TEST_F(SharedHoldingsTest, AreThereOnceHoweverOftenTheyAreNoted) {
  for (int i = 0; i < 3; ++i) note({"agent x"}, held("ghs_a"));
  EXPECT_THAT(look("agent x").taken, SizeIs(1));
}

TEST_F(SharedHoldingsTest, GoWithTheTokensEnd) {
  note({"agent x"}, held("ghs_over", -1s));
  note({"agent x"}, held("ghs_a"));
  EXPECT_THAT(values_of(look("agent x")), UnorderedElementsAre("ghs_a"));
  constexpr std::string_view kForEver =
      "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do "
      "if redis.call('TTL', key) < 0 then n = n + 1 end end return n";
  EXPECT_EQ(ask({"DBSIZE"})->integer(), 2);
  EXPECT_EQ(ask({"EVAL", kForEver, "0"})->integer(), 0);
}

TEST_F(SharedHoldingsTest, KeepThoseThatEndLastAndSaySo) {
  const auto most = static_cast<int>(SharedHoldings::kMost);
  for (int i = 0; i < most + 10; ++i) {
    one.note({"agent x"}, held("ghs_" + std::to_string(i), 30min + std::chrono::seconds(i)), {});
  }
  run(one.stop());
  const Swept found = look("agent x");
  EXPECT_THAT(found.taken, SizeIs(most));
  ASSERT_TRUE(found.incomplete);
  EXPECT_THAT(found.incomplete->message(), HasSubstr("only the 1000 that end last"));
  const std::vector<std::string> values = values_of(found);
  EXPECT_THAT(values, ::testing::Contains("ghs_" + std::to_string(most + 9)));
  EXPECT_THAT(values, ::testing::Not(::testing::Contains("ghs_0")));
}

TEST_F(SharedHoldingsTest, AreGivenToNobodyAnyMore) {
  const HeldToken found = held("ghs_a"), another = held("ghs_b");
  for (const std::string_view key : {"by names", "by ids"}) {
    run(shared.keep(std::string(key), tokens::Minted(found.token, {}), 1h, tokens::Keep::kReplace));
  }
  run(shared.keep("of another", tokens::Minted(another.token, {}), 1h, tokens::Keep::kReplace));
  note({"agent x"}, found, {"by names", "by ids"});
  ASSERT_THAT(look("agent x").taken, SizeIs(1));
  EXPECT_FALSE(on_loop(shared.find("by names")).minted);
  EXPECT_FALSE(on_loop(shared.find("by ids")).minted);
  EXPECT_TRUE(on_loop(shared.find("of another")).minted);
}

TEST_F(SharedHoldingsTest, LeaveWhatANewerTokenHasReplaced) {
  const HeldToken first = held("ghs_a"), second = held("ghs_b");
  run(shared.keep("key", tokens::Minted(first.token, {}), 1h, tokens::Keep::kReplace));
  run(shared.keep("key", tokens::Minted(second.token, {}), 1h, tokens::Keep::kReplace));
  note({"agent x"}, first, {"key"});
  ASSERT_THAT(look("agent x").taken, SizeIs(1));
  EXPECT_TRUE(on_loop(shared.find("key")).minted);
}

TEST_F(SharedHoldingsTest, AreOfTheAppsTokensAlone) {
  tokens::TokenFacts facts;
  facts.source = tokens::TokenSource::kStatic;
  const Secret secret("ghp_static");
  note({"agent x"}, {"github.com", std::make_shared<const tokens::Token>(secret, "", facts)});
  EXPECT_EQ(ask({"DBSIZE"})->integer(), 0);
}

TEST_F(SharedHoldingsTest, ShowNobodyWhatIsHeld) {
  note({"agent acme"}, held("ghs_secret"), {"github.com|1|acme/widgets"});
  constexpr std::string_view kAll =
      "local all = '' for _, key in ipairs(redis.call('KEYS', '*')) do "
      "local is_hash = redis.call('TYPE', key).ok == 'hash' "
      "local lying = is_hash and redis.call('HGETALL', key) or redis.call('ZRANGE', key, 0, -1) "
      "all = all .. key .. table.concat(lying) end return all";
  const auto shown = ask({"EVAL", kAll, "0"});
  ASSERT_TRUE(shown && shown->is_text());
  EXPECT_GT(shown->text().size(), 100U);
  for (const std::string_view readable : {"ghs_", "github.com", "acme"}) {
    EXPECT_EQ(shown->text().find(readable), std::string::npos) << readable;
  }
  const Swept found = on_loop(stranger.of("github.com", "agent acme"));
  EXPECT_THAT(found.taken, IsEmpty());
  EXPECT_EQ(found.unreadable, 1U);
}

TEST_F(SharedHoldingsTest, SayThatRedisIsAway) {
  redis.kill();
  note({"agent x"}, held("ghs_a"));
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_shared_holdings_total{outcome=\"lost\"} 1"));
  EXPECT_TRUE(look("agent x").incomplete);
}

}  // namespace
}  // namespace hubwarden::fleet

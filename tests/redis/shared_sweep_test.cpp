// Tokens of a replica that is gone, in a real Redis.

#include "fleet/shared_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "crypto/fingerprint.h"
#include "fleet/seal_keys_fixture.h"
#include "fleet/shared_tokens.h"
#include "redis/single_client.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using redis::Reply;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tokens::Keep;
using tokens::Scope;
using tokens::Swept;

constexpr TimePoint kMinted{std::chrono::seconds(1'800'000'000)};

tokens::Minted minted(std::string_view value, std::string_view repository) {
  const Secret secret(value);
  tokens::TokenFacts facts;
  facts.minted_at = kMinted;
  facts.expires_at = kMinted + 1h;
  auto token = std::make_shared<const tokens::Token>(secret, crypto::fingerprint(secret).text(), facts,
                                                     tokens::TokenCover());
  const policy::Repository named = *policy::Repository::parse(repository);
  std::vector<tokens::MintedRepository> asked;
  asked.emplace_back(named, tokens::RepositoryRef(named, RepositoryId(42)));
  tokens::Minted made(std::move(token), std::move(asked));
  made.by.emplace(tokens::AppRef("github.com", "1"), InstallationId(7));
  return made;
}

bool is_of_widgets(const Scope& scope) {
  return scope.repositories().chosen().front().name().key() == "acme/widgets";
}

class SharedSweepTest : public redis::RedisTest {
 protected:
  SharedSweepTest() {
    EXPECT_TRUE(comes_true([&] { return ask({"PING"}).has_value(); }));
  }
  ~SharedSweepTest() override { run(client.stop()); }

  template <class T>
  T on_loop(net::Task<T> task) {
    return net::block_on(loops.executor(1), std::move(task));
  }
  Result<Reply> ask(std::initializer_list<std::string_view> words) {
    return on_loop(client.ask("", redis::command_text(words)));
  }
  void keep(std::string key, tokens::Minted token) {
    run(gone.keep(std::move(key), std::move(token), 1h, Keep::kReplace));
  }
  Swept look() { return on_loop(sweep.sweep(is_of_widgets)); }
  bool lies_there(std::string_view key) { return ask({"EXISTS", KeyNames(key).token()})->integer() == 1; }

  test::RedisProcess redis;
  SystemRandom random;
  obs::Metrics metrics;
  redis::SingleClient client{parts(), redis.endpoint(), std::make_shared<const redis::Login>()};
  const SealKeys keys = keys_of("key");
  SharedTokens gone{{client, timers, clock, random, metrics}, keys};
  SharedSweep sweep{{client, timers, clock}, keys};
};

TEST_F(SharedSweepTest, TakesOutWhatIsConcernedAndLeavesTheRest) {
  keep("widgets by names", minted("ghs_widgets", "acme/widgets"));
  keep("widgets by ids", minted("ghs_widgets", "acme/widgets"));
  keep("gadgets", minted("ghs_gadgets", "acme/gadgets"));
  const Swept swept = look();
  ASSERT_THAT(swept.taken, SizeIs(1)) << "it is one token";
  EXPECT_EQ(swept.taken.front().token->reveal(), "ghs_widgets");
  EXPECT_EQ(swept.taken.front().host, "github.com");
  EXPECT_FALSE(lies_there("widgets by names"));
  EXPECT_FALSE(lies_there("widgets by ids"));
  EXPECT_TRUE(lies_there("gadgets"));
  EXPECT_FALSE(swept.incomplete);
  EXPECT_EQ(swept.unreadable, 0u);
}

TEST_F(SharedSweepTest, FindsAllOfManyAmongOtherKeys) {
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    keep(number, minted("ghs_" + number, i % 2 == 0 ? "acme/widgets" : "acme/gadgets"));
    ask({"SET", "somebody's " + number, "value"});
  }
  const Swept swept = look();
  std::set<std::string> values;
  for (const tokens::HeldToken& each : swept.taken) values.emplace(each.token->reveal());
  EXPECT_THAT(values, SizeIs(1500));
  EXPECT_THAT(swept.taken, SizeIs(1500));
  EXPECT_FALSE(swept.incomplete);
  EXPECT_EQ(ask({"DBSIZE"})->integer(), 4500);
}

TEST_F(SharedSweepTest, LeavesAndCountsWhatCannotBeTold) {
  tokens::Minted unnamed = minted("ghs_old", "acme/widgets");
  unnamed.by.reset();
  keep("old", unnamed);
  ask({"SET", KeyNames("rubbish").token(), "rubbish"});
  const SealKeys others = keys_of("another key");
  SharedTokens stranger({client, timers, clock, random, metrics}, others);
  run(stranger.keep("stranger's", minted("ghs_strange", "acme/widgets"), 1h, Keep::kReplace));
  const Swept swept = look();
  EXPECT_THAT(swept.taken, IsEmpty());
  ASSERT_THAT(swept.unnamed, SizeIs(1));
  EXPECT_EQ(swept.unnamed.front()->reveal(), "ghs_old");
  EXPECT_EQ(swept.unreadable, 2u);
  for (const std::string_view key : {"old", "rubbish", "stranger's"}) EXPECT_TRUE(lies_there(key)) << key;
}

TEST_F(SharedSweepTest, GoesOnBehindAKeyThatIsNoValue) {
  ask({"LPUSH", KeyNames("list").token(), "a list"});
  keep("widgets", minted("ghs_widgets", "acme/widgets"));
  const Swept swept = look();
  EXPECT_THAT(swept.taken, SizeIs(1));
  ASSERT_TRUE(swept.incomplete);
  EXPECT_THAT(swept.incomplete->message(), ::testing::HasSubstr("WRONGTYPE"));
}

TEST_F(SharedSweepTest, SaysThatRedisIsAway) {
  keep("widgets", minted("ghs_widgets", "acme/widgets"));
  redis.kill();
  const Swept swept = look();
  EXPECT_THAT(swept.taken, IsEmpty());
  EXPECT_TRUE(swept.incomplete);
}

}  // namespace
}  // namespace hubwarden::fleet

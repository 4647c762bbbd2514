// Two replicas that share a real Redis.

#include "fleet/shared_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "crypto/fingerprint.h"
#include "fleet/seal_keys_fixture.h"
#include "redis/listener.h"
#include "redis/single_client.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using redis::Reply;
using tokens::Keep;
using tokens::LeaseAnswer;
using tokens::TokenPtr;

constexpr TimePoint kMinted{std::chrono::seconds(1'800'000'000)};

tokens::Minted minted(std::string_view value) {
  const Secret secret(value);
  tokens::TokenFacts facts;
  facts.minted_at = kMinted;
  facts.expires_at = kMinted + 1h;
  tokens::TokenCover cover;
  cover.permissions = {{"contents", "read"}};
  cover.repositories = {"acme/widgets"};
  auto token =
      std::make_shared<const tokens::Token>(secret, crypto::fingerprint(secret).text(), facts, cover);
  const policy::Repository widgets = *policy::Repository::parse("acme/widgets");
  std::vector<tokens::MintedRepository> asked;
  asked.emplace_back(widgets, tokens::RepositoryRef(widgets, RepositoryId(42)));
  return {std::move(token), std::move(asked)};
}

class Replica {
 public:
  Replica(const redis::Server::Parts& parts, const net::Endpoint& endpoint, std::string_view key = "key")
      : client(parts, endpoint, std::make_shared<const redis::Login>()),
        keys(keys_of(key)),
        shared({client, parts.timers, parts.clock, random, metrics}, keys) {}

  std::uint64_t found(std::size_t what) {
    return metrics
        .counters("hubwarden_shared_tokens_total", "", {{"found", {"hit", "miss", "unreadable", "failed"}}})
        .at(what)
        .value();
  }

  SystemRandom random;
  obs::Metrics metrics;
  redis::SingleClient client;
  const SealKeys keys;
  SharedTokens shared;
};

class SharedTokensTest : public redis::RedisTest {
 protected:
  SharedTokensTest() {
    net::spawn(loops.executor(0), listener->run(), [](std::exception_ptr) { FAIL(); });
    EXPECT_TRUE(comes_true([&] { return hears.load(); }));
    EXPECT_TRUE(comes_true([&] { return ask({"PING"}).has_value(); }));
    EXPECT_TRUE(
        comes_true([&] { return on_loop(other.client.ask("", redis::command_text({"PING"}))).has_value(); }));
  }
  ~SharedTokensTest() override {
    run(listener->stop());
    run(one.client.stop());
    run(other.client.stop());
  }

  template <class T>
  T on_loop(net::Task<T> task) {
    return net::block_on(loops.executor(1), std::move(task));
  }
  Result<Reply> ask(std::initializer_list<std::string_view> words) {
    return on_loop(one.client.ask("", redis::command_text(words)));
  }
  TokenPtr find(Replica& replica, std::string key = "scope") {
    const std::optional<tokens::Minted> found = on_loop(replica.shared.find(std::move(key))).minted;
    return found ? found->token : nullptr;
  }
  bool take(Replica& replica, std::string owner, Duration length = 60s) {
    return answer_to(replica, std::move(owner), length).kind == LeaseAnswer::Kind::kTaken;
  }
  LeaseAnswer answer_to(Replica& replica, std::string owner, Duration length = 60s,
                        tokens::Pauses pauses = tokens::Pauses::kHeed) {
    return on_loop(replica.shared.take_lease("scope", std::move(owner), length, pauses));
  }
  void release(Replica& replica, std::string owner,
               std::optional<tokens::SharedFailure> failure = std::nullopt) {
    run(replica.shared.release_lease("scope", std::move(owner), std::move(failure)));
  }

  test::RedisProcess redis;
  Replica one{parts(), redis.endpoint()};
  Replica other{parts(), redis.endpoint()};
  SeededRandom random{1};
  std::atomic<bool> hears{false};
  const redis::Ear ear{[this](std::string_view message) { other.shared.heard(message); },
                       [this] { hears = true; }};
  const std::shared_ptr<redis::Listener> listener = std::make_shared<redis::Listener>(
      parts(), random, redis.endpoint(), std::make_shared<const redis::Login>(), std::string(kChannel), ear);
};

TEST_F(SharedTokensTest, FindWhatAnotherReplicaKept) {
  EXPECT_FALSE(find(other));
  run(one.shared.keep("scope", minted("ghs_shared"), 1h, Keep::kReplace));
  const TokenPtr found = find(other);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reveal(), "ghs_shared");
  EXPECT_EQ(found->scope_text(), "acme/widgets contents:read");
  EXPECT_FALSE(find(other, "another scope"));
  EXPECT_EQ(other.found(0), 1u);
  EXPECT_EQ(other.found(1), 2u);
}

TEST_F(SharedTokensTest, ArePutThereAgainOnlyWhereTheyAreMissing) {
  run(one.shared.keep("scope", minted("ghs_new"), 1h, Keep::kReplace));
  run(other.shared.keep("scope", minted("ghs_old"), 1h, Keep::kIfMissing));
  EXPECT_EQ(find(one)->reveal(), "ghs_new");
  ask({"FLUSHALL"});
  run(other.shared.keep("scope", minted("ghs_old"), 1h, Keep::kIfMissing));
  EXPECT_EQ(find(one)->reveal(), "ghs_old");
}

TEST_F(SharedTokensTest, LieThereSealedAndForATime) {
  run(one.shared.keep("acme/widgets", minted("ghs_shared"), 1h, Keep::kReplace));
  const std::string name = KeyNames("acme/widgets").token();
  EXPECT_EQ(ask({"KEYS", "*"})->items().at(0).text(), name);
  const std::string lying = ask({"GET", name})->text();
  for (const std::string_view readable : {"ghs_", "acme", "widgets", "contents"}) {
    EXPECT_EQ((name + lying).find(readable), std::string::npos) << readable;
  }
  EXPECT_LE(ask({"PTTL", name})->integer(), 3'600'000);
  EXPECT_GT(ask({"PTTL", name})->integer(), 3'500'000);
}

TEST_F(SharedTokensTest, TakeWhatTheyCannotReadForAMiss) {
  run(one.shared.keep("scope", minted("ghs_shared"), 1h, Keep::kReplace));
  const std::string lying = ask({"GET", KeyNames("scope").token()})->text();
  const std::string elsewhere = KeyNames("elsewhere").token();
  std::string flipped = lying;
  flipped[20] = static_cast<char>(flipped[20] ^ 1);
  for (const std::string& value : {lying, flipped, lying.substr(0, 30), std::string("x"), std::string()}) {
    ask({"SET", elsewhere, value});
    EXPECT_FALSE(find(other, "elsewhere"));
  }
  EXPECT_EQ(other.found(2), 5u);
  ask({"DEL", elsewhere});
  ask({"LPUSH", elsewhere, "a list"});
  EXPECT_FALSE(find(other, "elsewhere"));
  Replica stranger(parts(), redis.endpoint(), "another key");
  EXPECT_TRUE(comes_true([&] { return !find(stranger) && stranger.found(2) > 0; }));
  run(stranger.client.stop());
}

TEST_F(SharedTokensTest, ForgetThatVeryTokenByItsValueAndNoNewerOne) {
  run(one.shared.keep("scope", minted("ghs_new"), 1h, Keep::kReplace));
  run(other.shared.forget("scope", minted("ghs_old").token));
  EXPECT_TRUE(find(one));
  run(other.shared.forget("scope", minted("ghs_new").token));
  EXPECT_FALSE(find(one));
}

TEST_F(SharedTokensTest, GrantALeaseToOneAtATime) {
  EXPECT_TRUE(take(one, "one"));
  EXPECT_FALSE(take(other, "other"));
  release(other, "other");
  EXPECT_FALSE(take(other, "other")) << "it was not the other's to give back";
  release(one, "one");
  EXPECT_TRUE(take(other, "other"));
}

TEST_F(SharedTokensTest, GrantALeaseAnewWhenItsHolderDied) {
  EXPECT_TRUE(take(one, "one", 50ms));
  EXPECT_TRUE(comes_true([&] { return take(other, "other"); }));
  release(one, "one");
  EXPECT_FALSE(take(one, "one")) << "the old holder has nothing to give back any more";
}

TEST_F(SharedTokensTest, RenewALeaseWhileItsHolderLives) {
  const std::string lock = KeyNames("scope").lock();
  ASSERT_TRUE(take(one, "one", 60s));
  EXPECT_LE(ask({"PTTL", lock})->integer(), 3000);
  EXPECT_TRUE(comes_true([&] { return ask({"PTTL", lock})->integer() < 2300; }));
  EXPECT_TRUE(comes_true([&] { return ask({"PTTL", lock})->integer() > 2700; })) << "it was renewed";
  release(one, "one");
  EXPECT_EQ(ask({"EXISTS", lock})->integer(), 0);
}

TEST_F(SharedTokensTest, ShareTheFailureOfAMintAndItsPause) {
  ASSERT_TRUE(take(one, "one"));
  Error limited(ErrorCode::kRateLimited, "used up");
  limited = std::move(limited).with_limit(Limit::kPrimary).with_upstream_status(403).with_detail("acme's");
  const tokens::Failure failure(limited, 2, clock.steady_now() + 600ms);
  release(one, "one", tokens::SharedFailure(failure, kMinted));

  const LeaseAnswer paused = answer_to(other, "other");
  ASSERT_EQ(paused.kind, LeaseAnswer::Kind::kPaused);
  EXPECT_EQ(paused.last_failure->met_at, kMinted);
  EXPECT_EQ(paused.last_failure->failure.consecutive(), 2);
  const Error& cause = paused.last_failure->failure.cause();
  EXPECT_EQ(cause.code(), ErrorCode::kRateLimited);
  EXPECT_EQ(cause.message(), "used up");
  EXPECT_EQ(cause.detail(), "acme's");
  EXPECT_EQ(cause.limit(), Limit::kPrimary);
  EXPECT_EQ(cause.upstream_status(), 403);
  EXPECT_LE(paused.last_failure->failure.not_before(), clock.steady_now() + 600ms);

  const std::string name = KeyNames("scope").failure();
  EXPECT_GT(ask({"PTTL", name})->integer(), 0) << "no key lies there for ever";
  EXPECT_EQ(ask({"GET", name})->text().find("acme"), std::string::npos);
  EXPECT_TRUE(comes_true([&] { return take(other, "other"); })) << "the pause is over";
  release(other, "other");
  EXPECT_EQ(ask({"EXISTS", name})->integer(), 0) << "the mint succeeded";
}

TEST_F(SharedTokensTest, TryAgainAtOnceWhenTheReasonOfAPauseIsOverOrUnreadable) {
  ASSERT_TRUE(take(one, "one"));
  const tokens::Failure failure(Error(ErrorCode::kAppNotInstalled, "not there"), 1, clock.steady_now() + 30s);
  release(one, "one", tokens::SharedFailure(failure, kMinted));
  ASSERT_EQ(answer_to(other, "other").kind, LeaseAnswer::Kind::kPaused);
  ASSERT_EQ(answer_to(other, "other", 60s, tokens::Pauses::kIgnore).kind, LeaseAnswer::Kind::kTaken);
  release(other, "other", tokens::SharedFailure(failure, kMinted));
  ask({"SET", KeyNames("scope").failure(), "no failure", "PX", "90000"});
  EXPECT_EQ(answer_to(one, "one").kind, LeaseAnswer::Kind::kTaken);
}

net::Task<bool> wait(SharedTokens& shared, SteadyPoint deadline) {
  net::Task<Duration> waiting = shared.wait_for_release("scope", deadline);
  [[maybe_unused]] const Duration by_redis = co_await std::move(waiting);
  co_return true;
}

TEST_F(SharedTokensTest, WakeThoseWhoWaitForAnotherReplica) {
  ASSERT_TRUE(take(one, "one"));
  std::promise<bool> woken;
  std::future<bool> future = woken.get_future();
  boost::asio::co_spawn(loops.executor(1), wait(other.shared, clock.steady_now() + 60s),
                        [&](std::exception_ptr, bool done) { woken.set_value(done); });
  EXPECT_EQ(future.wait_for(50ms), std::future_status::timeout);
  release(one, "one");
  EXPECT_EQ(future.wait_for(30s), std::future_status::ready);
}

TEST_F(SharedTokensTest, LetNobodyWaitForAMessageThatWasLost) {
  run(listener->stop());
  ASSERT_TRUE(take(one, "one", 100ms));
  EXPECT_TRUE(on_loop(wait(other.shared, clock.steady_now() + 60s))) << "the lease has ended by itself";
  EXPECT_TRUE(take(other, "other"));
}

TEST_F(SharedTokensTest, FindNothingAndGrantAllWhenRedisIsAway) {
  run(one.shared.keep("scope", minted("ghs_shared"), 1h, Keep::kReplace));
  ASSERT_TRUE(take(one, "one"));
  redis.kill();
  EXPECT_FALSE(find(other));
  EXPECT_TRUE(take(other, "other"));
  EXPECT_TRUE(on_loop(wait(other.shared, clock.steady_now() + 60s)));
  run(one.shared.keep("scope", minted("ghs_shared"), 1h, Keep::kReplace));
  run(one.shared.forget("scope", minted("ghs_shared").token));
  release(one, "one");
  EXPECT_GT(other.found(3), 0u);
}

}  // namespace
}  // namespace hubwarden::fleet

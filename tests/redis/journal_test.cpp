// Replicas that tell each other through a real Redis.

#include "fleet/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "fleet/key_names.h"
#include "fleet/seal_keys_fixture.h"
#include "redis/listener.h"
#include "redis/single_client.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using github::RateClosed;
using redis::Reply;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A replica: its client, its journal, and what it has heard.
class Replica {
 public:
  enum class Listens { kYes, kNo };

  Replica(net::Loops& loops, const redis::Server::Parts& parts, const net::Endpoint& endpoint,
          Listens listens = Listens::kYes)
      : loops_(loops),
        client_(parts, endpoint, std::make_shared<const redis::Login>()),
        journal_(
            {client_, parts.timers, parts.clock, random_, parts.log, metrics_}, keys_,
            [this](News news) { return hear(std::move(news)); }, [this] { return restore(); }) {
    net::spawn(loops.executor(1), journal_.run(), [](std::exception_ptr) { FAIL(); });
    if (listens == Listens::kNo) return;
    const redis::Ear ear{[this](std::string_view message) { journal_.heard(message); },
                         [this] { journal_.look_back(); }};
    listener_ = std::make_shared<redis::Listener>(
        parts, random_, endpoint, std::make_shared<const redis::Login>(), std::string(kChannel), ear);
    net::spawn(loops.executor(0), listener_->run(), [](std::exception_ptr) { FAIL(); });
  }
  ~Replica() {
    if (listener_) finish(listener_->stop());
    finish(journal_.stop());
    finish(client_.stop());
  }

  void tell(std::uint64_t installation, const Clock& clock) {
    const TimePoint now = clock.now();
    journal_.tell(now, "github.com", RateClosed(InstallationId(installation), "core", now + 60s));
  }
  // The installations that it has heard of, in turn.
  std::vector<std::uint64_t> heard() { return *heard_.lock(); }
  int restored() const { return restored_; }
  std::size_t replicas() const { return journal_.replicas(); }

 private:
  static net::Task<bool> done(net::Task<> task) {
    co_await std::move(task);
    co_return true;
  }
  void finish(net::Task<> task) { net::block_on(loops_.executor(1), done(std::move(task))); }

  net::Task<> restore() {
    ++restored_;
    co_return;
  }
  net::Task<> hear(News news) {
    heard_.lock()->push_back(std::get<RateClosed>(news.change).installation.value());
    co_return;
  }

  net::Loops& loops_;
  SystemRandom random_;
  obs::Metrics metrics_;
  const SealKeys keys_ = keys_of("key");
  redis::SingleClient client_;
  Guarded<std::vector<std::uint64_t>> heard_;
  std::atomic<int> restored_{0};
  Journal journal_;
  std::shared_ptr<redis::Listener> listener_;
};

class JournalTest : public redis::RedisTest {
 protected:
  std::unique_ptr<Replica> replica(Replica::Listens listens = Replica::Listens::kYes) {
    return std::make_unique<Replica>(loops, parts(), redis.endpoint(), listens);
  }
  test::RedisProcess redis;
};

TEST_F(JournalTest, TellsEveryOtherReplicaOnceAndInTurn) {
  const auto one = replica();
  const auto two = replica();
  const auto three = replica();
  one->tell(1, clock);
  one->tell(2, clock);
  EXPECT_TRUE(comes_true([&] { return two->heard().size() == 2 && three->heard().size() == 2; }));
  two->tell(3, clock);
  EXPECT_TRUE(comes_true([&] { return one->heard().size() == 1 && three->heard().size() == 3; }));
  EXPECT_THAT(two->heard(), ElementsAre(1, 2));
  EXPECT_THAT(three->heard(), ElementsAre(1, 2, 3));
  EXPECT_THAT(one->heard(), ElementsAre(3));
}

TEST_F(JournalTest, TellsWhoBeginsLater) {
  const auto one = replica();
  one->tell(1, clock);
  EXPECT_TRUE(comes_true([&] { return redis.ask({"EXISTS", kJournal}).integer() == 1; }));
  const auto late = replica();
  EXPECT_TRUE(comes_true([&] { return late->heard().size() == 1; }));
}

TEST_F(JournalTest, NeedsNoMessageToBeHeard) {
  const auto one = replica();
  const auto deaf = replica(Replica::Listens::kNo);
  EXPECT_TRUE(comes_true([&] { return deaf->replicas() == 2; }));
  one->tell(1, clock);
  EXPECT_TRUE(comes_true([&] { return deaf->heard().size() == 1; }));
}

TEST_F(JournalTest, TellsWhenRedisIsBackWhatWasToldMeanwhile) {
  const auto one = replica();
  const auto two = replica();
  EXPECT_TRUE(comes_true([&] { return one->replicas() == 2; }));
  redis.kill();
  one->tell(1, clock);
  two->tell(2, clock);
  redis.start();
  EXPECT_TRUE(comes_true([&] { return one->heard().size() == 1 && two->heard().size() == 1; }));
  EXPECT_THAT(one->heard(), ElementsAre(2));
  EXPECT_THAT(two->heard(), ElementsAre(1));
}

TEST_F(JournalTest, TellsAgainWhatRedisHasForgotten) {
  const auto one = replica();
  one->tell(1, clock);
  EXPECT_TRUE(comes_true([&] { return redis.ask({"EXISTS", kJournal}).integer() == 1; }));
  redis.kill();
  redis.start();
  const auto late = replica();
  EXPECT_TRUE(comes_true([&] { return late->heard().size() == 1; })) << "it came back empty";
}

TEST_F(JournalTest, SaysWhenRedisHasForgotten) {
  const auto one = replica();
  const auto two = replica();
  EXPECT_TRUE(comes_true([&] { return one->replicas() == 2; }));
  EXPECT_EQ(one->restored(), 1) << "it began";
  redis.ask({"FLUSHALL"});
  EXPECT_TRUE(comes_true([&] { return one->restored() == 2 && two->restored() == 2; }));
  redis.kill();
  redis.start();
  EXPECT_TRUE(comes_true([&] { return one->restored() == 3 && two->restored() == 3; }));
}

TEST_F(JournalTest, CountsThoseThatAreThere) {
  const auto one = replica();
  auto two = replica();
  auto three = replica();
  EXPECT_TRUE(comes_true([&] { return one->replicas() == 3; }));
  three.reset();
  EXPECT_TRUE(comes_true([&] { return one->replicas() == 2 && two->replicas() == 2; }));
}

TEST_F(JournalTest, LeavesNothingReadableAndNothingForEver) {
  const auto one = replica();
  const auto two = replica();
  one->tell(1, clock);
  EXPECT_TRUE(comes_true([&] { return two->heard().size() == 1; }));
  const Reply names = redis.ask({"KEYS", "*"});
  EXPECT_EQ(names.items().size(), 2u);
  for (const Reply& name : names.items()) {
    EXPECT_GT(redis.ask({"PTTL", name.text()}).integer(), 0) << name.text();
  }
  const Reply entries = redis.ask({"XRANGE", kJournal, "-", "+"});
  ASSERT_GE(entries.items().size(), 1u) << "told again when the connection was new";
  for (const Reply& entry : entries.items()) {
    EXPECT_EQ(entry.items()[1].items()[1].text().find("github"), std::string::npos);
  }
}

TEST_F(JournalTest, PassesOverWhatItCannotRead) {
  const auto one = replica();
  const auto two = replica();
  redis.ask({"XADD", kJournal, "*", "news", "no news"});
  redis.ask({"XADD", kJournal, "*", "more", "than", "one", "field"});
  one->tell(1, clock);
  EXPECT_TRUE(comes_true([&] { return two->heard().size() == 1; }));
  EXPECT_THAT(one->heard(), IsEmpty());
}

TEST_F(JournalTest, ReadsMoreThanItReadsAtATime) {
  const auto one = replica();
  for (std::uint64_t piece = 1; piece <= 450; ++piece) one->tell(piece, clock);
  const auto two = replica(Replica::Listens::kNo);
  EXPECT_TRUE(comes_true([&] { return two->heard().size() == 450; }));
  const std::vector<std::uint64_t> heard = two->heard();
  EXPECT_TRUE(std::ranges::is_sorted(heard));
}

}  // namespace
}  // namespace hubwarden::fleet

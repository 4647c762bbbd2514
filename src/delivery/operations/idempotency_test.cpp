#include "delivery/operations/idempotency.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/virtual_time.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{std::chrono::seconds(1'800'000'000)};
const crypto::Digest kThis = crypto::sha256("this request");
const crypto::Digest kOther = crypto::sha256("another request");

class IdempotencyTest : public ::testing::Test {
 protected:
  Result<Idempotency::Turn> begin(std::string key, crypto::Digest request = kThis,
                                  std::string holder = "handle-1") {
    return time_.run(
        writes_.begin(std::move(holder), std::move(key), request, time_.clock().steady_now() + 10s));
  }
  static KeptAnswer created() { return KeptAnswer(201, http::Fields(), R"({"number":1})"); }
  static std::string body_of(const Idempotency::Turn& turn) {
    const KeptOutcome* const kept = turn.kept();
    const auto* const answer = kept ? std::get_if<std::shared_ptr<const KeptAnswer>>(kept) : nullptr;
    return answer ? (*answer)->body : "nothing";
  }

  testing::VirtualTime time_{kStart};
  Idempotency writes_{time_.clock(), time_};
};

TEST_F(IdempotencyTest, GivesTheFirstAnswerAgainForADay) {
  Result<Idempotency::Turn> first = begin("k");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kept(), nullptr);
  first->keep(created());
  time_.advance(24h);
  EXPECT_EQ(body_of(*begin("k")), R"({"number":1})");
  time_.advance(1s);
  EXPECT_EQ(begin("k")->kept(), nullptr);
}

TEST_F(IdempotencyTest, RefusesAKeyThatWasUsedForAnotherRequest) {
  begin("k")->keep(created());
  const Result<Idempotency::Turn> other = begin("k", kOther);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::kConflict);
}

TEST_F(IdempotencyTest, KeepsTheKeysOfDifferentHoldersApart) {
  begin("k")->keep(created());
  EXPECT_EQ(begin("k", kOther, "handle-2")->kept(), nullptr);
  EXPECT_EQ(begin("k", kOther, "handle")->kept(), nullptr);
}

TEST_F(IdempotencyTest, FreesAKeyThatCameToNothing) {
  begin("k");
  EXPECT_EQ(begin("k")->kept(), nullptr);
}

TEST_F(IdempotencyTest, NeverSendsAgainWhatIsInDoubt) {
  begin("k")->in_doubt(Error(ErrorCode::kUpstreamTimeout, "no answer"));
  const Result<Idempotency::Turn> again = begin("k");
  ASSERT_TRUE(again && again->kept());
  EXPECT_EQ(std::get<Error>(*again->kept()).code(), ErrorCode::kUpstreamTimeout);
}

net::Task<> wait_for(Idempotency& writes, SteadyPoint deadline, std::vector<std::string>& answers) {
  Result<Idempotency::Turn> turn = co_await writes.begin("handle-1", "k", kThis, deadline);
  if (!turn) {
    answers.emplace_back(to_string(turn.error().code()));
  } else if (const KeptOutcome* const kept = turn->kept()) {
    answers.push_back(std::get<std::shared_ptr<const KeptAnswer>>(*kept)->body);
  } else {
    answers.emplace_back("carried out");
    turn->keep(KeptAnswer(201, http::Fields(), "second try"));
  }
}

TEST_F(IdempotencyTest, LetsATwinWaitForTheFirst) {
  Result<Idempotency::Turn> first = begin("k");
  std::vector<std::string> answers;
  time_.spawn(wait_for(writes_, time_.clock().steady_now() + 10s, answers));
  time_.advance(5s);
  EXPECT_TRUE(answers.empty());
  first->keep(created());
  time_.settle();
  EXPECT_EQ(answers, std::vector<std::string>{R"({"number":1})"});
}

TEST_F(IdempotencyTest, LetsOneTwinTryWhenTheFirstCameToNothing) {
  std::vector<std::string> answers;
  {
    const Result<Idempotency::Turn> first = begin("k");
    for (int i = 0; i < 3; ++i) time_.spawn(wait_for(writes_, time_.clock().steady_now() + 10s, answers));
    time_.settle();
  }
  time_.settle();
  EXPECT_EQ(answers, (std::vector<std::string>{"carried out", "second try", "second try"}));
}

TEST_F(IdempotencyTest, TellsATwinThatWaitsInVain) {
  const Result<Idempotency::Turn> first = begin("k");
  std::vector<std::string> answers;
  time_.spawn(wait_for(writes_, time_.clock().steady_now() + 10s, answers));
  time_.advance(10s);
  EXPECT_EQ(answers, std::vector<std::string>{"upstream_timeout"});
}

TEST_F(IdempotencyTest, RefusesKeysThatAreNone) {
  for (const std::string& key : {std::string(), std::string(256, 'k'), std::string("a b"),
                                 std::string("a\tb"), std::string("\xC3\xBC"), std::string("a\0b", 3)}) {
    const Result<Idempotency::Turn> turn = begin(key);
    ASSERT_FALSE(turn) << key;
    EXPECT_EQ(turn.error().code(), ErrorCode::kInvalidRequest);
  }
}

TEST_F(IdempotencyTest, PushesOutTheOldestThatAreFinishedAndNoneThatAreUnderWay) {
  std::vector<Idempotency::Turn> under_way;
  under_way.push_back(*begin("first"));
  for (std::size_t i = 1; i < Idempotency::kMaxEntries; ++i) {
    time_.advance(1ms);
    begin("k" + std::to_string(i))->keep(created());
  }
  begin("one-more")->keep(created());
  EXPECT_EQ(begin("k1")->kept(), nullptr) << "the oldest is gone";
  EXPECT_EQ(body_of(*begin("k" + std::to_string(Idempotency::kMaxEntries - 1))), R"({"number":1})");
  EXPECT_EQ(begin("first", kOther).error().code(), ErrorCode::kConflict) << "it is still under way";
}

TEST_F(IdempotencyTest, RefusesMoreThanItCanRemember) {
  std::vector<Idempotency::Turn> under_way;
  for (std::size_t i = 0; i < Idempotency::kMaxEntries; ++i)
    under_way.push_back(*begin("k" + std::to_string(i)));
  const Result<Idempotency::Turn> turn = begin("one-more");
  ASSERT_FALSE(turn);
  EXPECT_EQ(turn.error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace hubwarden::delivery

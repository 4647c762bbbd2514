#include "fleet/budget_books.h"

#include <gmock/gmock.h>

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using policy::BudgetLimits;
using policy::BudgetSpent;
using policy::CallKind;
using Spending = BudgetBooks::Spending;

constexpr SteadyPoint kStart{};
constexpr SteadyPoint kDeadline = kStart + 1min;

BudgetLimits limits(std::uint64_t concurrent, std::uint64_t requests, std::uint64_t bytes) {
  return BudgetLimits::make(concurrent, requests, bytes).value();
}

BudgetWord word(std::uint64_t version, BudgetSpent spent, std::uint64_t granted = 0) {
  BudgetWord said;
  said.verdict = BudgetVerdict::kGranted;
  said.memory = "memory";
  said.version = version;
  said.spent = spent;
  said.reserved = granted;
  said.granted = granted;
  return said;
}

class BudgetBooksTest : public ::testing::Test {
 protected:
  void redis_says(const BudgetWord& said) { books.take(said, books.standing()); }
  void granted(const std::string& lease, const BudgetWord& said, CallKind kind = CallKind::kRead) {
    redis_says(said);
    books.add(lease, kind, kDeadline, said);
  }
  Spending spend(const std::string& lease, std::uint64_t bytes) {
    return books.spend(lease, bytes, kStart).value();
  }
  void tell(const BudgetWord& said) {
    const BudgetBooks::News news = books.take_news(kStart);
    redis_says(said);
    books.told(news, said);
  }

  BudgetBooks books{limits(8, 100, 1'000'000), BudgetSpent(3, 300)};
};

TEST_F(BudgetBooksTest, GoByTheRecordsUntilRedisSaysSomething) {
  EXPECT_EQ(books.spent(), BudgetSpent(3, 300));
  redis_says(word(1, BudgetSpent(5, 200)));
  EXPECT_EQ(books.spent(), BudgetSpent(5, 200));
}

TEST_F(BudgetBooksTest, HoldOnToTheYoungestWord) {
  redis_says(word(7, BudgetSpent(9, 900)));
  redis_says(word(6, BudgetSpent(8, 800)));
  EXPECT_EQ(books.spent(), BudgetSpent(9, 900));
  BudgetWord of_a_new_memory = word(1, BudgetSpent(2, 20));
  of_a_new_memory.memory = "another";
  redis_says(of_a_new_memory);
  EXPECT_EQ(books.standing().memory, "another");
}

TEST_F(BudgetBooksTest, CountWhatIsUsedOnceBeforeAndAfterItIsTold) {
  granted("a", word(1, BudgetSpent(1, 0), 1000));
  EXPECT_EQ(spend("a", 700), Spending::kDone);
  EXPECT_EQ(books.spent(), BudgetSpent(1, 700));
  books.end("a", true);
  EXPECT_EQ(books.spent(), BudgetSpent(1, 700));
  const BudgetBooks::News news = books.take_news(kStart);
  EXPECT_EQ(books.spent(), BudgetSpent(1, 700));
  ASSERT_EQ(news.ended.size(), 1U);
  EXPECT_EQ(news.ended[0].used, 700U);
  EXPECT_EQ(news.ended[0].reserved, 1000U);
  books.not_told();
  EXPECT_EQ(books.spent(), BudgetSpent(1, 700));
  EXPECT_TRUE(books.has_ended());
  tell(word(2, BudgetSpent(1, 700)));
  EXPECT_EQ(books.spent(), BudgetSpent(1, 700));
  EXPECT_FALSE(books.is_busy());
}

TEST_F(BudgetBooksTest, AskForMoreThanIsSetAsideUnlessItIsAWrite) {
  granted("read", word(1, BudgetSpent(1, 0), 1000));
  granted("write", word(2, BudgetSpent(2, 0), 1000), CallKind::kWrite);
  EXPECT_EQ(spend("read", 1001), Spending::kShort);
  EXPECT_EQ(spend("write", 5000), Spending::kDone);
  EXPECT_EQ(books.spent(), BudgetSpent(2, 5000)) << "of the read's piece nothing was taken";
  EXPECT_EQ(spend("read", 1000), Spending::kDone);
  EXPECT_TRUE(books.extend("read", 50, word(3, BudgetSpent(2, 1000), 200)));
  EXPECT_EQ(spend("read", 150), Spending::kDone);
  EXPECT_EQ(spend("read", 1), Spending::kShort);
}

TEST_F(BudgetBooksTest, RenewTheLeasesOfCallsThatLiveUntilTheirDeadline) {
  granted("a", word(1, BudgetSpent(1, 0), 1000));
  EXPECT_EQ(books.take_news(kStart).living.size(), 1U);
  EXPECT_EQ(books.take_news(kDeadline).living.size(), 0U);
  EXPECT_FALSE(books.spend("a", 1, kDeadline));
}

TEST_F(BudgetBooksTest, TellOnceWhatWasSpentWithoutRedis) {
  redis_says(word(1, BudgetSpent(4, 0)));
  ASSERT_TRUE(books.add_alone("a", CallKind::kRead, kDeadline, 2));
  EXPECT_EQ(spend("a", 100), Spending::kDone);
  EXPECT_EQ(books.spent(), BudgetSpent(5, 100)) << "what is only set aside is not spent";
  books.end("a", true);
  EXPECT_EQ(books.standing().alone, BudgetSpent(1, 100));
  EXPECT_EQ(books.standing().told, BudgetSpent(0, 0));
  EXPECT_TRUE(books.is_busy());
  tell(word(2, BudgetSpent(5, 100)));
  EXPECT_EQ(books.standing().told, BudgetSpent(1, 100));
  EXPECT_EQ(books.spent(), BudgetSpent(5, 100));
  EXPECT_FALSE(books.is_busy());
}

TEST_F(BudgetBooksTest, GiveTheShareBackWhatWasNotSent) {
  books = BudgetBooks(limits(8, 2, 1'000'000), BudgetSpent());
  ASSERT_TRUE(books.add_alone("a", CallKind::kRead, kDeadline, 2));
  EXPECT_FALSE(books.add_alone("b", CallKind::kRead, kDeadline, 2));
  books.end("a", false);
  EXPECT_EQ(books.spent(), BudgetSpent(0, 0));
  EXPECT_TRUE(books.add_alone("c", CallKind::kRead, kDeadline, 2));
}

TEST_F(BudgetBooksTest, CountCallsWithAPlaceInRedisAgainstTheShare) {
  for (const char* lease : {"a", "b", "c", "d"}) granted(lease, word(1, BudgetSpent(1, 0), 10));
  EXPECT_FALSE(books.add_alone("e", CallKind::kRead, kDeadline, 2));
  books.end("a", true);
  EXPECT_TRUE(books.add_alone("e", CallKind::kRead, kDeadline, 2));
}

TEST_F(BudgetBooksTest, UndoWhatRedisMayHaveGrantedUntilItsLeaseWouldHaveEnded) {
  books.add_unsure("a", kStart + 10s);
  for (const SteadyPoint now : {kStart, kStart + 5s, kStart + 10s}) {
    const BudgetBooks::News news = books.take_news(now);
    ASSERT_EQ(news.ended.size(), 1U);
    EXPECT_FALSE(news.ended[0].was_sent);
    EXPECT_EQ(news.ended[0].used, 0U);
    EXPECT_TRUE(books.is_busy());
    books.told(news, word(1, BudgetSpent()));
  }
  EXPECT_FALSE(books.is_busy());
}

TEST_F(BudgetBooksTest, GiveACallThatBeganAloneItsPlaceInRedisLater) {
  ASSERT_TRUE(books.add_alone("a", CallKind::kRead, kDeadline, 1));
  EXPECT_EQ(books.standing_of("a").memory, "");
  tell(word(1, BudgetSpent(1, 0)));
  EXPECT_EQ(books.standing_of("a").memory, "memory");
  books.end("a", true);
  EXPECT_TRUE(books.has_ended()) << "and is told of its end";
}

}  // namespace
}  // namespace hubwarden::fleet

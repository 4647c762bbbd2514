#include "github/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hubwarden::github {
namespace {

using ::testing::ElementsAre;

constexpr auto kAny = [](const std::string&) { return true; };

std::vector<std::string> drained(FairQueue<std::string>& queue) {
  std::vector<std::string> all;
  while (auto next = queue.take(kAny)) all.push_back(*next);
  return all;
}

FairQueue<std::string> queue_of(const std::vector<std::string>& items) {
  FairQueue<std::string> queue;
  for (const std::string& item : items) queue.push(item.substr(0, 1), item);
  return queue;
}

TEST(FairQueue, ServesEachCallersOwnInTheOrderOfArrival) {
  auto queue = queue_of({"a1", "a2", "a3"});
  EXPECT_THAT(drained(queue), ElementsAre("a1", "a2", "a3"));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(FairQueue, LetsCallersTakeTurns) {
  auto queue = queue_of({"a1", "a2", "a3", "a4", "b1", "c1", "c2"});
  EXPECT_THAT(drained(queue), ElementsAre("a1", "b1", "c1", "a2", "c2", "a3", "a4"));
}

TEST(FairQueue, PutsANewcomerBehindTheOthersTurnsOnly) {
  auto queue = queue_of({"a1", "a2", "a3", "b1", "b2"});
  EXPECT_EQ(queue.take(kAny), "a1");
  queue.push("c", "c1");
  EXPECT_THAT(drained(queue), ElementsAre("b1", "a2", "c1", "b2", "a3"));
}

TEST(FairQueue, LetsWhatMayGoPassWhatMayNotYet) {
  auto queue = queue_of({"a-write", "a-read", "b-write"});
  const auto is_read = [](const std::string& item) { return item.ends_with("read"); };
  EXPECT_EQ(queue.take(is_read), "a-read");
  EXPECT_EQ(queue.take(is_read), std::nullopt);
  EXPECT_THAT(drained(queue), ElementsAre("b-write", "a-write"));
}

TEST(FairQueue, TakesOutWhateverIsPicked) {
  auto queue = queue_of({"a1", "b1", "a2", "b2"});
  EXPECT_THAT(queue.take_all([](const std::string& item) { return item != "a2"; }),
              ElementsAre("a1", "b1", "b2"));
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.size_of("a"), 1u);
  EXPECT_EQ(queue.size_of("b"), 0u);
  EXPECT_THAT(drained(queue), ElementsAre("a2"));
}

TEST(FairQueue, TellsHowManyAreAhead) {
  const auto queue = queue_of({"a1", "a2", "a3", "b1"});
  EXPECT_EQ(queue.ahead_of("a", kAny), 4u);
  EXPECT_EQ(queue.ahead_of("b", kAny), 3u);
  EXPECT_EQ(queue.ahead_of("c", kAny), 2u);
}

}  // namespace
}  // namespace hubwarden::github

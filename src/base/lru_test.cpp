#include "base/lru.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/random.h"
#include "base/text.h"

namespace hubwarden {
namespace {

using Cache = Lru<std::string, int, TextHash>;
using Shared = ShardedLru<std::string, std::shared_ptr<const int>, TextHash>;

std::shared_ptr<const int> boxed(int value) {
  return std::make_shared<const int>(value);
}

TEST(Lru, FindsWhatWasPut) {
  Cache cache(2);
  cache.put("a", 1);
  EXPECT_EQ(cache.get(std::string_view("a")), 1);
  EXPECT_EQ(cache.get("b"), std::nullopt);
}

TEST(Lru, ReplacesAndHandsBackTheOldValue) {
  Cache cache(2);
  EXPECT_EQ(cache.put("a", 1), std::nullopt);
  EXPECT_EQ(cache.put("a", 2), 1);
  EXPECT_EQ(cache.get("a"), 2);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(Lru, EvictsAnEntryThatNobodyRead) {
  Cache cache(3);
  cache.put("a", 1);
  cache.put("b", 2);
  cache.put("c", 3);
  cache.get("a");
  cache.get("c");
  EXPECT_EQ(cache.put("d", 4), 2);
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(cache.get("b"), std::nullopt);
  EXPECT_EQ(cache.get("a"), 1);
}

TEST(Lru, GivesASecondChanceOnlyOnce) {
  Cache cache(2);
  cache.put("a", 1);
  cache.put("b", 2);
  cache.get("a");
  cache.get("b");
  EXPECT_EQ(cache.put("c", 3), 1);  // both were read: the hand clears both and takes the first
  EXPECT_EQ(cache.put("d", 4), 2);  // read before the last round, not since
}

TEST(Lru, LeavesEntriesThatAreReadAloneDuringAScanOfOthers) {
  Cache cache(8);
  for (int i = 0; i < 4; ++i) cache.put("hot" + std::to_string(i), i);
  for (int scan = 0; scan < 1000; ++scan) {
    for (int i = 0; i < 4; ++i) ASSERT_EQ(cache.get("hot" + std::to_string(i)), i) << "scan " << scan;
    cache.put("cold" + std::to_string(scan), scan);
  }
}

TEST(Lru, ErasesByValueOnly) {
  Cache cache(2);
  cache.put("a", 1);
  const auto is_two = [](int value) { return value == 2; };
  EXPECT_EQ(cache.erase_if("a", is_two), std::nullopt);
  EXPECT_EQ(cache.erase_if("b", is_two), std::nullopt);
  cache.put("a", 2);
  EXPECT_EQ(cache.erase_if("a", is_two), 2);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(Lru, HoldsOneEntry) {
  Cache cache(1);
  cache.put("a", 1);
  cache.get("a");
  EXPECT_EQ(cache.put("b", 2), 1);
  EXPECT_EQ(cache.erase("b"), 2);
  EXPECT_EQ(cache.put("c", 3), std::nullopt);
  EXPECT_EQ(cache.get("c"), 3);
}

// Against a plain map: it never holds a wrong value, never more than its bound, and forgets only when it is
// full.
TEST(Lru, AgreesWithAMapUnderRandomUse) {
  SeededRandom random(20261122);
  Cache cache(50);
  std::map<std::string, int> model;
  for (int step = 0; step < 200'000; ++step) {
    const std::string key = std::to_string(random.below(120));
    switch (random.below(4)) {
      case 0: {
        const bool is_new = !model.contains(key);
        const bool was_full = cache.size() == cache.max_entries();
        const auto gone = cache.put(key, step);
        ASSERT_EQ(gone.has_value(), !is_new || was_full);
        if (is_new && gone) std::erase_if(model, [&](const auto& entry) { return entry.second == *gone; });
        model[key] = step;
        break;
      }
      case 1: ASSERT_EQ(cache.erase(key).has_value(), model.erase(key) == 1); break;
      default: {
        const auto found = cache.get(key);
        ASSERT_EQ(found.has_value(), model.contains(key));
        if (found) {
          ASSERT_EQ(*found, model[key]);
        }
      }
    }
    ASSERT_EQ(cache.size(), model.size());
    ASSERT_LE(cache.size(), 50U);
  }
  std::map<std::string, int> seen;
  cache.for_each([&](const std::string& key, int value) { seen[key] = value; });
  EXPECT_EQ(seen, model);
}

TEST(ShardedLru, IsExactWhenSmall) {
  Shared cache(2);
  cache.put("a", boxed(1));
  cache.put("b", boxed(2));
  cache.put("c", boxed(3));
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_FALSE(cache.get("a"));
  EXPECT_EQ(**cache.get(std::string_view("c")), 3);
}

TEST(ShardedLru, StaysWithinItsBoundAndNearlyFillsIt) {
  Shared cache(100'000);
  for (int i = 0; i < 100'000; ++i) cache.put("acme/repository-" + std::to_string(i), nullptr);
  EXPECT_GT(cache.size(), 97'000U);
  for (int i = 100'000; i < 300'000; ++i) cache.put("acme/repository-" + std::to_string(i), nullptr);
  EXPECT_LE(cache.size(), 100'000U);
  EXPECT_GT(cache.size(), 99'000U);
}

TEST(ShardedLru, SpreadsSequentialNumbers) {
  ShardedLru<std::uint64_t, int> cache(100'000);
  for (std::uint64_t i = 0; i < 100'000; ++i) cache.put(i, 0);
  EXPECT_GT(cache.size(), 97'000U);
}

TEST(ShardedLru, ErasesTheValueThatWasMeant) {
  Shared cache(10);
  cache.put("a", boxed(1));
  EXPECT_FALSE(cache.erase_if("a", [](const auto& held) { return *held == 2; }));
  EXPECT_TRUE(cache.erase_if("a", [](const auto& held) { return *held == 1; }));
  EXPECT_FALSE(cache.erase("a"));
}

TEST(ShardedLru, MayBeChangedFromWithinAVisit) {
  Shared cache(10'000);
  for (int i = 0; i < 1000; ++i) cache.put(std::to_string(i), boxed(i));
  cache.for_each([&](const std::string& key, const auto& value) {
    if (*value % 2 == 0) cache.erase(key);
  });
  EXPECT_EQ(cache.size(), 500U);
}

TEST(ShardedLru, KeepsAnEvictedValueAliveForItsReader) {
  Shared cache(1);
  cache.put("a", boxed(1));
  const auto held = cache.get("a");
  cache.put("b", boxed(2));
  EXPECT_EQ(**held, 1);
}

TEST(ShardedLru, ServesManyThreads) {
  Shared cache(600);
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      SeededRandom random(t);
      for (int i = 0; i < 20'000; ++i) {
        const int number = static_cast<int>(random.below(1000));
        const std::string key = std::to_string(number);
        const auto found = cache.get(key);
        if (found) {
          EXPECT_EQ(**found, number);
        }
        if (i % 3 == 0) cache.put(key, boxed(number));
        if (i % 17 == 0) cache.erase(key);
      }
    });
  }
  threads.clear();
  EXPECT_LE(cache.size(), 600U);
}

}  // namespace
}  // namespace hubwarden

#include "tokens/under_way.h"

#include <gtest/gtest.h>

#include <optional>

namespace hubwarden::tokens {
namespace {

TEST(UnderWay, OvertakesTheQuestionsThatTheNewsConcern) {
  UnderWay<int> all;
  const UnderWay<int>::Question one(all, 1);
  const UnderWay<int>::Question two(all, 2);
  all.overtake([](int about) { return about == 2; });
  EXPECT_FALSE(one.is_overtaken());
  EXPECT_TRUE(two.is_overtaken());
}

TEST(UnderWay, DoesNotConcernItselfWithQuestionsThatAreOverOrComeLater) {
  UnderWay<int> all;
  {
    const UnderWay<int>::Question over(all, 1);
  }
  all.overtake([](int) { return true; });
  const UnderWay<int>::Question later(all, 1);
  EXPECT_FALSE(later.is_overtaken());
}

TEST(UnderWay, MayGoBeforeItsQuestions) {
  std::optional<UnderWay<int>> all(std::in_place);
  const UnderWay<int>::Question question(*all, 1);
  all.reset();
  EXPECT_FALSE(question.is_overtaken());
}

}  // namespace
}  // namespace hubwarden::tokens

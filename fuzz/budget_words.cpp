// What Redis may say of a budget: never is more granted than was asked for, and no call goes beyond it.

#include "base/check.h"
#include "fleet/budget_books.h"
#include "fuzz/target.h"
#include "redis/codec.h"

namespace hubwarden::fuzz {
namespace {

constexpr std::uint64_t kAsked = 1000;
constexpr SteadyPoint kNow{};
constexpr SteadyPoint kDeadline = kNow + std::chrono::minutes(1);

void hear(fleet::BudgetBooks& books, const redis::Reply& reply) {
  const Result<fleet::BudgetWord> word = fleet::read_word(reply, kAsked);
  if (!word) return;
  HW_CHECK(word->granted <= kAsked);
  books.take(*word, books.standing());
  books.add("lease", policy::CallKind::kRead, kDeadline, *word);
  const Result<fleet::BudgetBooks::Spending> all = books.spend("lease", kAsked + 1, kNow);
  HW_CHECK(all && *all == fleet::BudgetBooks::Spending::kShort);
  const Result<> extended = books.extend("lease", kAsked, *word);
  HW_CHECK(!extended || word->granted == kAsked);
  books.end("lease", true);
  const fleet::BudgetBooks::News news = books.take_news(kNow);
  books.told(news, *word);
  HW_CHECK(books.in_flight() == 0 && !books.is_busy());
}

}  // namespace

void target(std::string_view bytes) {
  redis::ReplyReader reader;
  reader.feed(bytes);
  fleet::BudgetBooks books{policy::BudgetLimits(), policy::BudgetSpent()};
  for (;;) {
    const Result<std::optional<redis::Reply>> reply = reader.next();
    if (!reply || !*reply) return;
    hear(books, **reply);
  }
}

}  // namespace hubwarden::fuzz

// What lies in Redis: nothing but what was sealed under its name opens, and what is in it is whole.

#include "base/check.h"
#include "base/token_text.h"
#include "fleet/ending_value.h"
#include "fleet/news.h"
#include "fleet/seal_keys.h"
#include "fleet/shared_places.h"
#include "fleet/token_value.h"
#include "fuzz/target.h"
#include "tokens/shared_sweep.h"

namespace hubwarden::fuzz {
namespace {

const fleet::SealKeys& keys() {
  static const fleet::SealKeys keys = [] {
    std::vector<Secret> materials;
    materials.emplace_back("new");
    materials.emplace_back("old");
    return fleet::SealKeys(materials);
  }();
  return keys;
}

void look_at_news(std::string_view bytes) {
  const std::optional<fleet::News> news = fleet::read_news_value(bytes);
  if (!news) return;
  const std::optional<fleet::News> again = fleet::read_news_value(fleet::news_value(*news));
  HW_CHECK(again && again->id == news->id && again->change.index() == news->change.index());
  HW_CHECK(fleet::news_value(*again) == fleet::news_value(*news));
}

// A place or a failure.
void look_at_place(std::string_view bytes) {
  const SteadyPoint soon{std::chrono::seconds(100)};
  const std::optional<tokens::PlaceAnswer> place = fleet::read_place_value(bytes, soon);
  if (!place) return;
  const std::optional<tokens::PlaceAnswer> again = fleet::read_place_value(fleet::place_value(*place), soon);
  HW_CHECK(again && again->index() == place->index());
  HW_CHECK(fleet::place_value(*again) == fleet::place_value(*place));
}

void look_at_ending(std::string_view bytes) {
  const tokens::EndingPtr ending = fleet::read_ending_value(bytes);
  if (!ending) return;
  HW_CHECK(is_token_text(ending->token.reveal()));
  const tokens::EndingPtr again = fleet::read_ending_value(fleet::ending_value(*ending).reveal());
  HW_CHECK(again && again->token == ending->token && again->app == ending->app);
  HW_CHECK(again->due == ending->due && again->dead_at == ending->dead_at);
}

}  // namespace

// As it lies there, and as if it had been sealed by us.
void target(std::string_view bytes) {
  HW_CHECK(!keys().open("name", bytes));
  static SeededRandom random(1);
  const std::optional<Secret> opened = keys().open("name", keys().seal("name", bytes, random));
  HW_CHECK(opened && opened->reveal() == bytes);
  look_at_news(bytes);
  look_at_place(bytes);
  look_at_ending(bytes);
  const std::optional<tokens::Minted> minted = fleet::read_token_value(bytes);
  if (!minted) return;
  const tokens::Token& token = *minted->token;
  HW_CHECK(is_token_text(token.reveal()) && token.lifetime() > Duration::zero());
  const std::optional<tokens::Minted> again = fleet::read_token_value(fleet::token_value(*minted).reveal());
  HW_CHECK(again && again->token->answer().body() == token.answer().body());
  HW_CHECK(again->repositories.size() == minted->repositories.size());
  HW_CHECK(again->by.has_value() == minted->by.has_value());
  const std::optional<tokens::Scope> scope = tokens::scope_of(*minted);
  const std::optional<tokens::Scope> same = tokens::scope_of(*again);
  HW_CHECK(scope.has_value() == same.has_value() && (!scope || scope->key() == same->key()));
}

}  // namespace hubwarden::fuzz

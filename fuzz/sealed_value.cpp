// What lies in Redis: nothing but what was sealed under its name opens, and a token in it is whole.

#include "base/check.h"
#include "base/token_text.h"
#include "fleet/seal_keys.h"
#include "fleet/token_value.h"
#include "fuzz/target.h"

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

}  // namespace

// As it lies there, and as if it had been sealed by us.
void target(std::string_view bytes) {
  HW_CHECK(!keys().open("name", bytes));
  static SeededRandom random(1);
  const std::optional<Secret> opened = keys().open("name", keys().seal("name", bytes, random));
  HW_CHECK(opened && opened->reveal() == bytes);
  const std::optional<tokens::Minted> minted = fleet::read_token_value(bytes);
  if (!minted) return;
  const tokens::Token& token = *minted->token;
  HW_CHECK(is_token_text(token.reveal()) && token.lifetime() > Duration::zero());
  const std::optional<tokens::Minted> again = fleet::read_token_value(fleet::token_value(*minted).reveal());
  HW_CHECK(again && again->token->answer().body() == token.answer().body());
  HW_CHECK(again->repositories.size() == minted->repositories.size());
}

}  // namespace hubwarden::fuzz

#include "ledger/hash_text.h"

#include "base/text.h"

namespace hubwarden::ledger {
namespace {

constexpr int kNone = -1;

int value_of(char digit) {
  if (is_digit(digit)) return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : kNone;
}

}  // namespace

std::optional<crypto::Digest> parse_hash(std::string_view text) {
  if (text.size() != kHashText) return std::nullopt;
  crypto::Digest hash;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = value_of(text[2 * i]);
    const int low = value_of(text[2 * i + 1]);
    if (high == kNone || low == kNone) return std::nullopt;
    hash[i] = static_cast<std::byte>(high * 16 + low);
  }
  return hash;
}

}  // namespace hubwarden::ledger

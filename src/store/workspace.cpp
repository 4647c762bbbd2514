#include "store/workspace.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace hubwarden::store {
namespace {

constexpr std::size_t kTokenIdDigits = 16;

}  // namespace

std::string to_text(TokenId id) {
  std::array<std::byte, sizeof(std::uint64_t)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(id.value() >> (56 - 8 * i));
  return hex(bytes);
}

Result<TokenId> parse_token_id(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  // One id, one spelling: from_chars would take capitals too.
  if (text.size() != kTokenIdDigits || error != std::errc{} || stop != end ||
      to_text(TokenId(value)) != text) {
    return fail(ErrorCode::kInvalidRequest,
                "not a token id (16 hexadecimal digits): \"" + printable(text, 40) + "\"");
  }
  return TokenId(value);
}

}  // namespace hubwarden::store

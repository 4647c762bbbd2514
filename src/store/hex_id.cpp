#include "store/hex_id.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace hubwarden::store {
namespace {

constexpr std::size_t kDigits = 16;

}  // namespace

std::string to_hex_id(std::uint64_t value) {
  std::array<std::byte, sizeof(std::uint64_t)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (56 - 8 * i));
  return hex(bytes);
}

std::optional<std::uint64_t> parse_hex_id(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  // from_chars would take capitals, too.
  if (text.size() != kDigits || error != std::errc{} || stop != end || to_hex_id(value) != text)
    return std::nullopt;
  return value;
}

}  // namespace hubwarden::store

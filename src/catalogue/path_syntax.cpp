#include "catalogue/path_syntax.h"

#include <array>
#include <optional>

#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

// RFC 3986, section 3.3: what a segment holds besides escapes.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned char c = 0; c < 128; ++c) plain[c] = is_alnum(static_cast<char>(c));
  for (const char c : std::string_view("-._~!$&'()*+,;=:@")) plain[static_cast<unsigned char>(c)] = true;
  return plain;
}();

constexpr std::optional<unsigned> hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char lower = ascii_lower(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
  return std::nullopt;
}

// Takes the escape that `rest` begins with. Nothing for a broken one and for NUL.
std::optional<char> take_escape(std::string_view& rest) {
  if (rest.size() < 3) return std::nullopt;
  const auto high = hex_digit(rest[1]);
  const auto low = hex_digit(rest[2]);
  if (!high || !low || *high + *low == 0) return std::nullopt;
  rest.remove_prefix(3);
  return static_cast<char>(*high * 16 + *low);
}

// What stands between two slashes, written out or escaped.
struct Piece {
  std::size_t size = 0;
  std::size_t dots = 0;

  void add(char c) {
    ++size;
    if (c == '.') ++dots;
  }
  bool is_dots() const { return size == dots && (size == 1 || size == 2); }
};

}  // namespace

bool is_plain_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  std::string_view rest = path.substr(1);
  Piece piece;
  while (!rest.empty()) {
    const bool is_escaped = rest.front() == '%';
    char c = rest.front();
    if (is_escaped) {
      const auto decoded = take_escape(rest);
      if (!decoded) return false;
      c = *decoded;
    } else {
      rest.remove_prefix(1);
      if (c != '/' && !kPlain[static_cast<unsigned char>(c)]) return false;
    }
    if (c != '/') {
      piece.add(c);
      continue;
    }
    if (piece.is_dots() || (!is_escaped && piece.size == 0)) return false;
    piece = {};
  }
  return !piece.is_dots();
}

}  // namespace hubwarden::catalogue

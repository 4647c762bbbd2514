#include "catalogue/path_syntax.h"

#include <array>
#include <optional>

#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

// What a byte is in a path. RFC 3986, section 3.3.
enum class Byte : unsigned char { kForeign, kPlain, kDot, kSlash, kEscape };

constexpr std::array<Byte, 256> kBytes = [] {
  std::array<Byte, 256> bytes{};
  for (unsigned char c = 0; c < 128; ++c) {
    if (is_alnum(static_cast<char>(c))) bytes[c] = Byte::kPlain;
  }
  for (const char c : std::string_view("-_~!$&'()*+,;=:@"))
    bytes[static_cast<unsigned char>(c)] = Byte::kPlain;
  bytes['.'] = Byte::kDot;
  bytes['/'] = Byte::kSlash;
  bytes['%'] = Byte::kEscape;
  return bytes;
}();

Byte byte_of(char c) {
  return kBytes[static_cast<unsigned char>(c)];
}

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
  return static_cast<char>((*high * 16) + *low);
}

// What stands between two slashes, written out or escaped.
class Piece {
 public:
  void add_others() { has_others_ = true; }
  void add(char c) {
    if (c != '.') return add_others();
    ++dots_;
  }
  bool is_empty() const { return !has_others_ && dots_ == 0; }
  bool is_dots() const { return !has_others_ && (dots_ == 1 || dots_ == 2); }

 private:
  bool has_others_ = false;
  std::size_t dots_ = 0;
};

// Takes what needs no closer look, which is most of a path.
bool take_plain(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && byte_of(rest[size]) == Byte::kPlain) ++size;
  rest.remove_prefix(size);
  return size > 0;
}

}  // namespace

bool is_plain_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  std::string_view rest = path.substr(1);
  Piece piece;
  while (!rest.empty()) {
    if (take_plain(rest)) {
      piece.add_others();
      continue;
    }
    const Byte byte = byte_of(rest.front());
    char c = rest.front();
    if (byte == Byte::kForeign) return false;
    if (byte == Byte::kEscape) {
      const auto decoded = take_escape(rest);
      if (!decoded) return false;
      c = *decoded;
    } else {
      rest.remove_prefix(1);
    }
    if (c != '/') {
      piece.add(c);
      continue;
    }
    if (piece.is_dots() || (byte == Byte::kSlash && piece.is_empty())) return false;
    piece = {};
  }
  return !piece.is_dots();
}

}  // namespace hubwarden::catalogue

#include "policy/glob.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hubwarden::policy {
namespace {

constexpr std::string_view kOtherWildcards = "?[]\\";

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidRequest, std::move(why));
}

// A pattern with its attributes in place, as characters: these two stand for the wildcards, and are in no
// value, because a value holds no control characters.
constexpr char kStar = '\1';
constexpr char kDoubleStar = '\2';

// With the last wildcard of each kind to come back to. More is not needed: what a wildcard has matched so far
// as short as possible leaves the most to the next one.
class Walk {
 public:
  Walk(std::string_view pattern, std::string_view value) : pattern_(pattern), value_(value) {}

  bool reaches_the_end() {
    while (at_value_ < value_.size() || at_pattern_ < pattern_.size()) {
      if (step() || back_to(star_) || back_to(double_star_)) continue;
      return false;
    }
    return true;
  }

 private:
  struct Wildcard {
    bool is_set = false;
    bool stops_at_slash = false;
    std::size_t pattern = 0;  // behind it
    std::size_t value = 0;    // the first character that it has not taken
  };

  bool step() {
    if (at_pattern_ == pattern_.size()) return false;
    const char wanted = pattern_[at_pattern_];
    if (wanted == kStar || wanted == kDoubleStar) {
      ++at_pattern_;
      Wildcard& met = wanted == kStar ? star_ : double_star_;
      met = {true, wanted == kStar, at_pattern_, at_value_};
      // What is before it can take no more than it can itself.
      if (wanted == kDoubleStar) star_.is_set = false;
      return true;
    }
    if (at_value_ == value_.size() || value_[at_value_] != wanted) return false;
    ++at_pattern_;
    ++at_value_;
    return true;
  }

  // It takes a character more.
  bool back_to(Wildcard& wildcard) {
    if (!wildcard.is_set || wildcard.value == value_.size()) return false;
    if (wildcard.stops_at_slash && value_[wildcard.value] == '/') {
      wildcard.is_set = false;
      return false;
    }
    ++wildcard.value;
    at_value_ = wildcard.value;
    at_pattern_ = wildcard.pattern;
    if (!wildcard.stops_at_slash) star_.is_set = false;
    return true;
  }

  std::string_view pattern_;
  std::string_view value_;
  std::size_t at_pattern_ = 0;
  std::size_t at_value_ = 0;
  Wildcard star_;
  Wildcard double_star_;
};

}  // namespace

Result<Glob> Glob::parse(std::string_view text, Case how) {
  if (text.empty()) return refuse("a pattern is empty, and would match nothing");
  if (text.size() > kMaxBytes) return refuse("a pattern is longer than 512 bytes");
  if (printable(text, kMaxBytes) != text) return refuse("a pattern holds what cannot be shown");
  Glob glob{std::string(text), how};
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find_first_of("*{}?[]\\"), text.size());
    glob.add_text(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (kOtherWildcards.find(text.front()) != std::string_view::npos) {
      return refuse("'" + std::string(1, text.front()) + "' in \"" + glob.text_ +
                    "\": patterns know *, ** and {attribute} alone");
    }
    if (text.front() == '*') {
      const std::size_t stars = std::min(text.find_first_not_of('*'), text.size());
      if (stars > 2) return refuse("\"" + glob.text_ + "\" has more than two * beside each other");
      glob.pieces_.emplace_back(stars == 1 ? Piece::Kind::kStar : Piece::Kind::kDoubleStar);
      text.remove_prefix(stars);
      continue;
    }
    const std::size_t end = text.find('}');
    const std::string_view name = end == std::string_view::npos ? "" : text.substr(1, end - 1);
    const bool is_attribute = text.front() == '{' && !name.empty() && name.find_first_of("*{") == name.npos;
    if (!is_attribute) return refuse("\"" + glob.text_ + "\" has a brace that is not {attribute}");
    glob.pieces_.emplace_back(Piece::Kind::kAttribute, std::string(name));
    text.remove_prefix(end + 1);
  }
  return glob;
}

void Glob::add_text(std::string_view text) {
  if (text.empty()) return;
  pieces_.emplace_back(Piece::Kind::kText, case_ == Case::kIgnored ? lower(text) : std::string(text));
}

bool Glob::matches(std::string_view value, const Attributes& attributes) const {
  const std::string folded = case_ == Case::kIgnored ? lower(value) : std::string();
  if (case_ == Case::kIgnored) value = folded;
  if (is_literal()) return value == pieces_.front().text;
  std::string pattern;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::kText: pattern += piece.text; break;
      case Piece::Kind::kStar: pattern += kStar; break;
      case Piece::Kind::kDoubleStar: pattern += kDoubleStar; break;
      case Piece::Kind::kAttribute: {
        const std::string* const known = attributes.single(piece.text);
        if (known == nullptr) return false;
        pattern += case_ == Case::kIgnored ? lower(*known) : *known;
      }
    }
  }
  return Walk(pattern, value).reaches_the_end();
}

bool Glob::is_complete_for(const Attributes& attributes) const {
  return std::ranges::all_of(pieces_, [&](const Piece& piece) {
    return piece.kind != Piece::Kind::kAttribute || attributes.single(piece.text) != nullptr;
  });
}

std::string_view Glob::literal_beginning() const {
  return pieces_.front().kind == Piece::Kind::kText ? std::string_view(pieces_.front().text) : "";
}

std::vector<std::string> Glob::attributes() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    const bool is_new =
        piece.kind == Piece::Kind::kAttribute && std::ranges::find(names, piece.text) == names.end();
    if (is_new) names.push_back(piece.text);
  }
  return names;
}

}  // namespace hubwarden::policy

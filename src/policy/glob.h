#pragma once

// A pattern of policy: what rules say of claims and of repositories.
//
//   Result<Glob> glob = Glob::parse("acme/{service_account}-*");
//   glob->matches("acme/review-bot-1", attributes)
//
//   *            any characters but '/', or none
//   **           any characters, or none
//   {attribute}  the caller's verified value, to the letter; one that it has not, or several times, matches
//                nothing
//   the rest     itself
//
// Anchored at both ends. There are no other wildcards: '?', '[', ']' and '\' are refused, so that nobody
// takes a pattern for one of another kind. Pure; from any thread.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/attributes.h"

namespace hubwarden::policy {

class Glob {
 public:
  // As the file has it, or in lower case, for names that are compared without regard to it.
  enum class Case { kAsItIs, kIgnored };

  // `invalid_request`, with what is wrong and where.
  static Result<Glob> parse(std::string_view text, Case how = Case::kAsItIs);

  bool matches(std::string_view value, const Attributes& attributes) const;
  // Every attribute that it names has its one value. Without it nothing matches, which a pattern that takes
  // something away has to know.
  bool is_complete_for(const Attributes& attributes) const;

  const std::string& text() const { return text_; }
  // One value alone matches, whoever asks.
  bool is_literal() const { return pieces_.size() == 1 && pieces_.front().kind == Piece::Kind::kText; }
  // What every value that matches begins with, whoever asks: for an index.
  std::string_view literal_beginning() const;
  // The attributes that it names, once each.
  std::vector<std::string> attributes() const;

  static constexpr std::size_t kMaxBytes = 512;

 private:
  struct Piece {
    enum class Kind { kText, kStar, kDoubleStar, kAttribute };
    Piece(Kind kind_, std::string text_ = std::string()) : kind(kind_), text(std::move(text_)) {}
    Kind kind;
    std::string text;  // of kText itself, of kAttribute the name
    friend bool operator==(const Piece&, const Piece&) = default;
  };

  Glob(std::string text, Case how) : text_(std::move(text)), case_(how) {}
  void add_text(std::string_view text);

  std::string text_;
  Case case_;
  std::vector<Piece> pieces_;  // never empty; no two texts beside each other
};

}  // namespace hubwarden::policy

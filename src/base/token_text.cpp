#include "base/token_text.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden {
namespace {

bool may_stand_in_a_token(char c) {
  return is_alnum(c) || c == '_' || c == '.' || c == '-';
}

bool looks_like_a_token(std::string_view word) {
  const bool is_prefixed = word.size() > 4 && word[0] == 'g' && word[1] == 'h' && word[3] == '_';
  return is_prefixed || word.starts_with("github_pat_") || word.starts_with("hww_") ||
         word.starts_with("hwh_") || word.starts_with("eyJ");
}

}  // namespace

bool is_token_text(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

std::string without_tokens(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, may_stand_in_a_token);
    const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    out += looks_like_a_token(word) ? "[token]" : word;
    text.remove_prefix(word.size());
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace hubwarden

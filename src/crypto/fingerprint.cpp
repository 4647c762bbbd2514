#include "crypto/fingerprint.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.h"
#include "crypto/digest.h"

namespace hubwarden::crypto {
namespace {

// GitHub's documented token prefixes, and that of a workspace's own token.
constexpr std::array<std::string_view, 7> kPrefixes = {"ghs_", "ghp_",        "gho_", "ghu_",
                                                       "ghr_", "github_pat_", "hws_"};
constexpr std::string_view kEllipsis = "…";
constexpr std::size_t kShownBytes = 6;  // 48 bits: a clash among a million live tokens is a 1 in 500 event

std::string_view known_prefix(std::string_view secret) {
  const auto* found =
      std::ranges::find_if(kPrefixes, [&](std::string_view p) { return secret.starts_with(p); });
  return found == kPrefixes.end() ? std::string_view() : *found;
}

constexpr std::string_view kNone = "none";  // of an empty secret

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

std::optional<Fingerprint> Fingerprint::parse(std::string_view text) {
  if (text == kNone) return Fingerprint(std::string(text));
  std::string_view rest = text.substr(known_prefix(text).size());
  if (!rest.starts_with(kEllipsis)) return std::nullopt;
  rest.remove_prefix(kEllipsis.size());
  if (rest.size() != 2 * kShownBytes || !std::ranges::all_of(rest, is_hex)) return std::nullopt;
  return Fingerprint(std::string(text));
}

Fingerprint fingerprint(const Secret& secret) {
  if (secret.empty()) return Fingerprint(std::string(kNone));
  const Digest digest = sha256(secret.reveal());
  std::string text(known_prefix(secret.reveal()));
  text.append(kEllipsis).append(hex(std::span(digest).first(kShownBytes)));
  return Fingerprint(std::move(text));
}

}  // namespace hubwarden::crypto

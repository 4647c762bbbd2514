#include "config/secrets.h"

#include <algorithm>

#include "base/text.h"
#include "base/token_text.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n";

std::string_view trim_lines(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhitespace) - first + 1);
}

// A key pasted into a variable of a one-line format has its line ends as the two characters "\n".
Secret with_line_ends(std::string_view text) {
  std::string unfolded;
  unfolded.reserve(text.size());  // it must not grow: growing leaves copies behind
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escaped = text.substr(at, 2) == "\\n";
    unfolded += escaped ? '\n' : text[at];
    if (escaped) ++at;
  }
  return Secret::absorb(unfolded);
}

bool is_phrase(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

Problem open_to_others(const Origin& origin, const std::string& path) {
  return {origin, "the secret file " + printable(path, kMaxShownPath) +
                      " may be read by others; chmod 600 keeps it private"};
}

bool is_variable_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; });
}

}  // namespace

std::expected<Secret, std::string> SecretSource::literal(std::string_view text, SecretKind kind) {
  const std::string_view trimmed = trim_lines(text);
  if (trimmed.empty()) return std::unexpected("is empty");
  if (trimmed.size() > kMaxSecretBytes) return std::unexpected("is too large");
  if (kind == SecretKind::kToken && !is_token_text(trimmed)) {
    return std::unexpected(
        "is longer than 8 KiB, or holds blanks, quotes, backslashes or characters that a header cannot "
        "carry");
  }
  if (kind == SecretKind::kPhrase && !is_phrase(trimmed)) {
    return std::unexpected("must be one line without control characters");
  }
  if (kind == SecretKind::kUrl) {
    if (const auto url = parse_proxy(trimmed); !url) return std::unexpected(url.error());
  }
  const bool one_line_key = kind == SecretKind::kKey && trimmed.find('\n') == std::string_view::npos;
  return one_line_key ? with_line_ends(trimmed) : Secret(trimmed);
}

std::expected<Secret, std::string> SecretSource::resolve(std::string_view text, SecretKind kind,
                                                         const Origin& origin,
                                                         std::vector<Problem>& warnings) const {
  if (text.starts_with("file:")) return from_file(std::string(text.substr(5)), kind, origin, warnings);
  if (text.starts_with("env:")) return from_variable(std::string(text.substr(4)), kind);
  return std::unexpected(
      "must be a reference, file:PATH or env:NAME: a secret does not belong in the file itself");
}

std::expected<Secret, std::string> SecretSource::from_file(const std::string& path, SecretKind kind,
                                                           const Origin& origin,
                                                           std::vector<Problem>& warnings) const {
  const std::string shown = printable(path, kMaxShownPath);
  if (const auto usable = parse_path(path); !usable) return std::unexpected("'file:' needs a path");
  auto file = files_.read(path, kMaxSecretBytes);
  if (!file) return std::unexpected("the file " + shown + " " + why(file.error()));
  if (file->open_to_others) warnings.push_back(open_to_others(origin, path));
  auto secret = literal(file->content, kind);
  wipe(file->content);
  if (!secret) return std::unexpected("the file " + shown + " " + secret.error());
  return secret;
}

void SecretSource::look_at(const std::string& path, const Origin& origin,
                           std::vector<Problem>& warnings) const {
  auto file = files_.read(path, kMaxSecretBytes);
  if (!file) return;
  wipe(file->content);
  if (file->open_to_others) warnings.push_back(open_to_others(origin, path));
}

std::expected<Secret, std::string> SecretSource::from_variable(const std::string& name,
                                                               SecretKind kind) const {
  // What does not look like a variable's name may be the secret itself.
  const std::string shown = is_variable_name(name) ? printable(name, kMaxShownValue) : "that 'env:' names";
  const auto variable = environment_.find(name);
  if (variable == environment_.end()) return std::unexpected("the variable " + shown + " is not set");
  auto secret = literal(variable->second, kind);
  if (!secret) return std::unexpected("the variable " + shown + " " + secret.error());
  return secret;
}

}  // namespace hubwarden::config

#include "sandbox/git_objects.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::size_t kMaxBranch = 200;

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end == std::string_view::npos ? rest.size() : end + 1, rest.size()));
  return line;
}

std::string type_of(std::string_view mode, std::string_view object) {
  if (mode == "120000") return "symlink";
  if (object == "tree") return "dir";
  return object == "commit" ? "submodule" : "file";
}

}  // namespace

std::optional<ObjectReader::Object> ObjectReader::next() {
  const auto words = split(take_line(rest_), ' ');
  if (words.size() != 3 || !is_sha(words[0])) return std::nullopt;
  const auto size = parse_number<std::size_t>(words[2]);
  if (!size || *size > rest_.size()) return std::nullopt;
  Object object{std::string(words[0]), std::string(words[1]), rest_.substr(0, *size)};
  rest_.remove_prefix(std::min(*size + 1, rest_.size()));
  return object;
}

CheckReader::CheckReader(std::string_view output) {
  while (!output.empty()) {
    const auto words = split(take_line(output), ' ');
    const bool present = words.size() == 3 && is_sha(words[0]);
    shas_.push_back(present ? std::optional(std::string(words[0])) : std::nullopt);
  }
}

std::optional<std::string> CheckReader::sha(std::size_t line) const {
  return line < shas_.size() ? shas_[line] : std::nullopt;
}

std::vector<TreeEntry> parse_tree_listing(std::string_view output) {
  std::vector<TreeEntry> entries;
  for (const std::string_view record : split(output, '\0')) {
    const std::size_t tab = record.find('\t');
    if (tab == std::string_view::npos) continue;
    std::vector<std::string_view> words;
    for (const std::string_view word : split(record.substr(0, tab), ' ')) {
      if (!word.empty()) words.push_back(word);
    }
    if (words.size() != 4) continue;
    entries.emplace_back(std::string(record.substr(tab + 1)), type_of(words[0], words[1]),
                         std::string(words[2]), parse_number<std::uint64_t>(words[3]).value_or(0));
  }
  return entries;
}

std::optional<Written> parse_import(std::string_view output) {
  Written written;
  written.commit = std::string(take_line(output));
  const std::string_view listing = take_line(output);
  const auto words = split(listing.substr(0, listing.find('\t')), ' ');
  if (!is_sha(written.commit) || words.size() != 3 || !is_sha(words[2])) return std::nullopt;
  written.blob = std::string(words[2]);
  return written;
}

std::string quoted_path(std::string_view path) {
  std::string quoted = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '<' && c != '>' && c != '\n' && c != '\0') plain += c;
  }
  return plain;
}

bool is_sha(std::string_view text) {
  return text.size() == 40 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_branch_name(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
  if (!plain || name.empty() || name.size() > kMaxBranch || name.front() == '-') return false;
  const auto parts = split(name, '/');
  return name.find("..") == std::string_view::npos &&
         std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
           return part.empty() || part.front() == '.' || part.back() == '.' || part.ends_with(".lock");
         });
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace hubwarden::sandbox

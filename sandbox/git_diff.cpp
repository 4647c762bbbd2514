#include "sandbox/git_diff.h"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "base/text.h"
#include "sandbox/git_objects.h"

namespace hubwarden::sandbox {
namespace {

// GitHub leaves out larger patches.
constexpr std::size_t kMaxPatch = 128 * 1024;

std::string_view status_of(char letter) {
  switch (letter) {
    case 'A': return "added";
    case 'D': return "removed";
    case 'R': return "renamed";
    default: return "modified";
  }
}

// ":100644 100644 <before> <after> R086"
std::optional<ChangedFile> parse_header(std::string_view header) {
  const auto words = split(header, ' ');
  if (words.size() != 5 || words[4].empty()) return std::nullopt;
  ChangedFile file;
  file.status = status_of(words[4].front());
  file.blob = std::string(file.status == "removed" ? words[2] : words[3]);
  return file;
}

// "3\t1\tname"; binary files have "-" for numbers.
void add_counts(ChangedFile& file, std::string_view counts) {
  const auto parts = split(counts, '\t');
  if (parts.size() < 2) return;
  file.additions = parse_number<std::uint64_t>(parts[0]).value_or(0);
  file.deletions = parse_number<std::uint64_t>(parts[1]).value_or(0);
}

// From its first hunk on. A line of content begins with a mark of its own, so these words are no content.
std::vector<std::string> split_patches(std::string_view text) {
  constexpr std::string_view kFile = "diff --git ";
  std::vector<std::string> patches;
  std::size_t at = text.starts_with(kFile) ? 0 : std::string_view::npos;
  while (at != std::string_view::npos) {
    const std::size_t next = text.find("\n" + std::string(kFile), at);
    const std::string_view whole = text.substr(at, next == std::string_view::npos ? next : next - at);
    const std::size_t hunk = whole.find("\n@@ ");
    std::string_view patch = hunk == std::string_view::npos ? std::string_view() : whole.substr(hunk + 1);
    if (patch.ends_with('\n')) patch.remove_suffix(1);
    patches.emplace_back(patch.size() <= kMaxPatch ? patch : std::string_view());
    at = next == std::string_view::npos ? next : next + 1;
  }
  return patches;
}

Signature parse_signature(std::span<const std::string_view> lines) {
  const auto seconds = parse_number<std::int64_t>(lines[2]).value_or(0);
  return Signature{std::string(lines[0]), std::string(lines[1]),
                   std::chrono::system_clock::from_time_t(seconds)};
}

}  // namespace

std::optional<Commit> parse_commit(std::string_view output) {
  constexpr std::size_t kHead = 9;  // lines before the message
  const auto lines = split(output, '\n');
  if (lines.size() <= kHead || !is_sha(lines[0]) || !is_sha(lines[1])) return std::nullopt;
  Commit commit;
  commit.sha = std::string(lines[0]);
  commit.tree = std::string(lines[1]);
  for (const std::string_view parent : split(lines[2], ' ')) {
    if (!parent.empty()) commit.parents.emplace_back(parent);
  }
  const std::span<const std::string_view> all(lines);
  commit.author = parse_signature(all.subspan(3, 3));
  commit.committer = parse_signature(all.subspan(6, 3));
  for (std::size_t i = kHead; i < lines.size(); ++i) commit.message += std::string(lines[i]) + "\n";
  while (commit.message.ends_with('\n')) commit.message.pop_back();
  return commit;
}

std::vector<ChangedFile> parse_changes(std::string_view summary, std::string_view patches) {
  const auto records = split(summary, '\0');
  std::vector<ChangedFile> files;
  std::size_t at = 0;
  while (at + 1 < records.size() && records[at].starts_with(':')) {
    auto file = parse_header(records[at++]);
    if (!file) return files;
    if (file->status == "renamed") file->previous_name = std::string(records[at++]);
    if (at < records.size()) file->name = std::string(records[at++]);
    files.push_back(std::move(*file));
  }
  for (ChangedFile& file : files) {
    if (at >= records.size()) break;
    add_counts(file, records[at]);
    // The names of a renamed file follow in records of their own.
    at += file.previous_name.empty() ? 1 : 3;
  }
  std::vector<std::string> texts = split_patches(patches);
  for (std::size_t i = 0; i < files.size() && i < texts.size(); ++i) files[i].patch = std::move(texts[i]);
  return files;
}

}  // namespace hubwarden::sandbox

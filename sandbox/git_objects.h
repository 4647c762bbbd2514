#pragma once

// The text that git's plumbing takes and gives: pure functions, tested without git.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/git_store.h"

namespace hubwarden::sandbox {

// The output of `git cat-file --batch`, object by object.
class ObjectReader {
 public:
  struct Object {
    std::string sha;
    std::string type;
    std::string_view bytes;  // into the output
  };

  explicit ObjectReader(std::string_view output) : rest_(output) {}
  // Nothing for "missing", and at the end.
  std::optional<Object> next();

 private:
  std::string_view rest_;
};

// The output of `git cat-file --batch-check`, line by line.
class CheckReader {
 public:
  explicit CheckReader(std::string_view output);
  std::optional<std::string> sha(std::size_t line) const;

 private:
  std::vector<std::optional<std::string>> shas_;
};

// `git ls-tree -l -z`.
std::vector<TreeEntry> parse_tree_listing(std::string_view output);
// What `git fast-import` answers to get-mark and ls.
std::optional<Written> parse_import(std::string_view output);

// A path in fast-import's quotes.
std::string quoted_path(std::string_view path);
// Without the characters that end a name in git's commits.
std::string plain_name(std::string_view name);
// A commit's whole name: 40 hexadecimal digits, small.
bool is_sha(std::string_view text);
bool is_branch_name(std::string_view name);
bool has_control_characters(std::string_view text);

}  // namespace hubwarden::sandbox

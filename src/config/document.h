#pragma once

// YAML as configuration needs it: one document of maps, lists and scalars, each with its line.
//
// Left out on purpose, each an error with its line: anchors and aliases (a small file could unfold without
// end), tags, keys that are not plain text, keys that stand twice, several documents.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"

namespace hubwarden::config {

struct Node {
  enum class Kind { kNothing, kScalar, kList, kMap };

  Node() = default;
  Node(Kind kind_, int line_) : kind(kind_), line(line_) {}

  Kind kind = Kind::kNothing;
  int line = 0;                // from 1
  std::string text;            // of a scalar
  std::vector<Node> children;  // of a list or a map, in the file's order

  // Of a map's child.
  std::string key;
  int key_line = 0;
};

// Far more than any configuration holds; keeps a hostile file cheap.
inline constexpr std::size_t kMaxDocumentBytes = 1 << 20;
inline constexpr std::size_t kMaxDocumentDepth = 16;

// The document's root: a map, or nothing for an empty file. `source` names the file in problems.
std::expected<Node, std::vector<Problem>> parse_document(std::string_view text, const std::string& source);

}  // namespace hubwarden::config

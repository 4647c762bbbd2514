#pragma once

// The catalogue's constant data, as make_table.py wrote it into operations.inc and routes.inc. For the files
// of this folder; everybody else reads operation.h and match.h.
//
// All texts stand in one block and are named by their place in it: a pointer for each would have to be put
// right whenever the program starts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hubwarden::catalogue::table {

// A text in the block.
struct Text {
  std::uint32_t offset;
  std::uint32_t size;

  std::string_view view() const;
};

enum Method : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete };
constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE"};

enum Flag : std::uint8_t {
  kRead = 1,
  kInstallationToken = 2,
  kBody = 4,
  kDeprecated = 8,
  kUploadHost = 16,
};

enum Resource : std::uint8_t {
  kCore,
  kSearch,
  kCodeSearch,
  kIntegrationManifest,
  kDependencySnapshots,
  kDependencySbom,
  kCodeScanningUpload,
  kCodeScanningAutofix,
  kActionsRunnerRegistration,
};

struct Row {
  Text id;
  Text path;
  Text category;
  Text permissions;
  Text path_parameters;
  Text query_parameters;
  Method method;
  std::uint8_t flags;
  Resource resource;
};

enum Kind : std::uint8_t { kLiteral, kSegment, kSegments };

constexpr std::uint16_t kNone = 0xffff;

// The first bytes of a segment as a number that sorts as they do: most segments differ in it, and comparing
// numbers is quicker than comparing texts.
constexpr std::size_t kHead = 8;
constexpr std::uint64_t head_of(std::string_view segment) {
  const std::string_view bytes = segment.substr(0, kHead);
  std::uint64_t head = 0;
  for (const char c : bytes) head = (head << 8U) | static_cast<unsigned char>(c);
  return bytes.empty() ? 0 : head << (8 * (kHead - bytes.size()));
}

// A node of the trie. Its children stand together: literals in the order of their bytes, then a parameter of
// one segment, then a parameter of several.
struct Node {
  std::uint64_t head;  // of a literal's text
  Text text;           // of a literal
  std::uint16_t first_child;
  std::uint8_t literals;  // how many children of each sort
  std::uint8_t parameters;
  std::array<std::uint16_t, 5> ends;  // by method: the place of the operation whose path ends here, or kNone
  Kind kind;

  // The child of that text or that kind, or null.
  const Node* literal(std::string_view segment) const;
  const Node* parameter(Kind wanted) const;
};

std::span<const Row> rows();  // ordered by id
const Node& root();
// Where /repos/{owner}/{repo} ends.
const Node& repository();

}  // namespace hubwarden::catalogue::table

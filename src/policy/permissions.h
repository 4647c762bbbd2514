#pragma once

// What a token may do, in GitHub's own words: "contents:write".
//
// Names travel as given: GitHub's published schema lacks many that its API needs, so an unknown one is for
// GitHub to refuse (422). Source: docs/github-facts.md, permission levels.

#include <boost/container/flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::policy {

enum class Level { kRead = 1, kWrite = 2, kAdmin = 3 };

std::string_view to_string(Level level);
std::optional<Level> parse_level(std::string_view text);

// Never empty: GitHub answers an empty set with every permission that the App has.
class PermissionSet {
 public:
  // Flat: there are a few permissions in each of many sets.
  using Map = boost::container::flat_map<std::string, Level, std::less<>>;

  // GitHub knows about a hundred; the bound keeps a hostile text from becoming a large record.
  static constexpr std::size_t kMaxSize = 200;

  // Refuses an empty map, more than kMaxSize, and names that are not [a-z][a-z0-9_]{0,63}.
  static Result<PermissionSet> make(Map levels);
  // "contents:read,issues:write"; a name that stands twice is refused.
  static Result<PermissionSet> parse(std::string_view text);

  const Map& levels() const { return levels_; }
  // "contents:read,issues:write", sorted: equal sets, equal texts.
  std::string text() const;
  void append_text(std::string& out) const;
  // Every permission of `other` is here at that level or higher. `metadata:read` is implied in every set.
  bool covers(const PermissionSet& other) const;
  // What both cover: at each permission the lower level. Nothing if that is none at all.
  std::optional<PermissionSet> within(const PermissionSet& other) const;

  friend bool operator==(const PermissionSet&, const PermissionSet&) = default;

 private:
  explicit PermissionSet(Map levels) : levels_(std::move(levels)) {}
  Map levels_;
};

}  // namespace hubwarden::policy

#pragma once

// Finds, among many patterns, the few that a value may match: by what their matches begin with.
//
//   PrefixIndex index;
//   index.add("acme/", 7);
//   index.for_each("acme/widgets", [](std::uint32_t id) { … });   // 7
//
// The cost grows with the number of different lengths, not of patterns. One that begins with a wildcard is
// found for every value.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.h"

namespace hubwarden::rules {

class PrefixIndex {
 public:
  void add(std::string_view prefix, std::uint32_t id) {
    by_prefix_[std::string(prefix)].push_back(id);
    const auto place = std::ranges::lower_bound(lengths_, prefix.size());
    if (place == lengths_.end() || *place != prefix.size()) lengths_.insert(place, prefix.size());
  }

  // Some may come more than once.
  template <class Visit>
  void for_each(std::string_view value, Visit visit) const {
    for (const std::size_t length : lengths_) {
      if (length > value.size()) return;
      const auto found = by_prefix_.find(value.substr(0, length));
      if (found == by_prefix_.end()) continue;
      for (const std::uint32_t id : found->second) visit(id);
    }
  }

 private:
  std::unordered_map<std::string, std::vector<std::uint32_t>, TextHash, std::equal_to<>> by_prefix_;
  std::vector<std::size_t> lengths_;  // ascending
};

}  // namespace hubwarden::rules

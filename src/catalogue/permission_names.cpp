#include "catalogue/permission_names.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

constexpr std::string_view kNames[] = {
#include "catalogue/permissions.inc"
};

// A slip or two of the fingers; with more, the name is another one.
constexpr std::size_t kMaxEdits = 2;
constexpr std::size_t kMaxName = 64;

}  // namespace

bool is_permission(std::string_view name) {
  return std::ranges::binary_search(kNames, name);
}

std::string_view near_permission(std::string_view name) {
  if (name.size() > kMaxName) return {};
  const auto found = std::ranges::find_if(
      kNames, [&](std::string_view known) { return edit_distance(known, name) <= kMaxEdits; });
  return found == std::end(kNames) ? std::string_view() : *found;
}

}  // namespace hubwarden::catalogue

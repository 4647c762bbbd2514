#pragma once

// Who stands back when GitHub's rate limit runs low: background work does, for everybody else.

#include <optional>
#include <string_view>

namespace hubwarden::policy {

enum class Priority { kNormal, kBackground };

constexpr std::string_view to_string(Priority priority) {
  return priority == Priority::kBackground ? "background" : "normal";
}

constexpr std::optional<Priority> parse_priority(std::string_view text) {
  for (const Priority priority : {Priority::kNormal, Priority::kBackground}) {
    if (text == to_string(priority)) return priority;
  }
  return std::nullopt;
}

}  // namespace hubwarden::policy

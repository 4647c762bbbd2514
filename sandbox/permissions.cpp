#include "sandbox/permissions.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

bool grants_all(const Permissions& permissions, std::string_view together) {
  for (const std::string_view part : split(together, ',')) {
    const std::string_view one = trim(part);
    const std::size_t equals = one.find('=');
    HW_CHECK(equals != std::string_view::npos);
    const auto level = parse_level(one.substr(equals + 1));
    HW_CHECK(level.has_value());
    if (!grants(permissions, one.substr(0, equals), *level)) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::kRead: return "read";
    case Level::kWrite: return "write";
    case Level::kAdmin: return "admin";
  }
  HW_CHECK(false);
}

std::optional<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::kRead, Level::kWrite, Level::kAdmin}) {
    if (text == to_string(level)) return level;
  }
  return std::nullopt;
}

Permissions common(const Permissions& a, const Permissions& b) {
  Permissions both;
  for (const auto& [name, level] : a) {
    if (const auto other = b.find(name); other != b.end()) both.emplace(name, std::min(level, other->second));
  }
  return both;
}

bool grants(const Permissions& permissions, std::string_view name, Level level) {
  const auto found = permissions.find(name);
  return found != permissions.end() && found->second >= level;
}

bool satisfies(const Permissions& permissions, std::string_view accepted) {
  if (accepted.empty()) return true;
  const auto alternatives = split(accepted, ';');
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [&](std::string_view one) { return grants_all(permissions, one); });
}

std::string text_of(const Permissions& permissions) {
  std::string text;
  for (const auto& [name, level] : permissions) {
    if (!text.empty()) text += ',';
    text += name;
    text += ':';
    text += to_string(level);
  }
  return text;
}

}  // namespace hubwarden::sandbox

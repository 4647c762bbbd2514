#include "policy/permissions.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::policy {
namespace {

constexpr std::size_t kMaxName = 64;

bool is_permission_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxName || text[0] < 'a' || text[0] > 'z') return false;
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; });
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

Result<PermissionSet> PermissionSet::make(Map levels) {
  if (levels.empty()) {
    return fail(ErrorCode::kInvalidRequest, "a permission set must name at least one permission");
  }
  if (levels.size() > kMaxSize) {
    return fail(ErrorCode::kInvalidRequest,
                "a permission set may name at most " + std::to_string(kMaxSize) + " permissions");
  }
  for (const auto& [name, level] : levels) {
    if (!is_permission_name(name)) {
      return fail(ErrorCode::kInvalidRequest, "not a permission name: \"" + printable(name, 80) + "\"");
    }
  }
  return PermissionSet(std::move(levels));
}

Result<PermissionSet> PermissionSet::parse(std::string_view text) {
  Map levels;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t colon = part.find(':');
    const auto level = colon == std::string_view::npos ? std::nullopt : parse_level(part.substr(colon + 1));
    if (!level) {
      return fail(ErrorCode::kInvalidRequest,
                  "not a permission (name:read, name:write or name:admin): \"" + printable(part, 80) + "\"");
    }
    if (!levels.emplace(part.substr(0, colon), *level).second) {
      return fail(ErrorCode::kInvalidRequest,
                  "permission named twice: \"" + printable(part.substr(0, colon), 80) + "\"");
    }
  }
  return make(std::move(levels));
}

std::string PermissionSet::text() const {
  std::string out;
  append_text(out);
  return out;
}

void PermissionSet::append_text(std::string& out) const {
  bool is_first = true;
  for (const auto& [name, level] : levels_) {
    if (!is_first) out += ',';
    is_first = false;
    out.append(name).append(":").append(to_string(level));
  }
}

bool PermissionSet::covers(const PermissionSet& other) const {
  return std::ranges::all_of(other.levels_, [this](const auto& wanted) {
    const auto& [name, level] = wanted;
    if (name == "metadata" && level == Level::kRead) return true;
    const auto mine = levels_.find(name);
    return mine != levels_.end() && mine->second >= level;
  });
}

std::optional<PermissionSet> PermissionSet::within(const PermissionSet& other) const {
  Map both;
  for (const auto& [name, level] : levels_) {
    const auto most = other.levels_.find(name);
    if (most != other.levels_.end()) {
      both.emplace(name, std::min(level, most->second));
    } else if (name == "metadata") {
      both.emplace(name, Level::kRead);
    }
  }
  if (both.empty()) return std::nullopt;
  return PermissionSet(std::move(both));
}

}  // namespace hubwarden::policy

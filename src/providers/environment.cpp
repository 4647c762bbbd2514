#include <hubwarden/provider.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hubwarden::providers {
namespace {

// What a message quotes of a name that is wrong.
constexpr std::size_t kMaxShownName = 60;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= BootEnvironment::kMaxName && !is_digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
}

std::unexpected<Error> refused(std::string message) {
  return std::unexpected(Error(ErrorCode::kUnavailable, std::move(message)).with_fix(Fix::kOperator));
}

}  // namespace

std::optional<std::string_view> BootEnvironment::find(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second.reveal();
}

Result<> BootEnvironment::set(std::string_view name, Secret value) {
  if (!is_name(name)) {
    return refused("'" + printable(name, kMaxShownName) +
                   "' is no name of a variable: [A-Za-z_][A-Za-z0-9_]*, at most " + std::to_string(kMaxName) +
                   " bytes");
  }
  const std::string_view text = value.reveal();
  if (text.size() > kMaxValue) return refused("the value of " + std::string(name) + " is longer than 64 KiB");
  if (text.find('\0') != std::string_view::npos || !is_utf8(text)) {
    return refused("the value of " + std::string(name) + " is not UTF-8 without NUL");
  }
  const auto before = variables_.find(name);
  const std::size_t replaced = before == variables_.end() ? 0 : before->first.size() + before->second.size();
  const std::size_t bytes = bytes_ - replaced + name.size() + text.size();
  if (bytes > kMaxBytes) return refused("the environment is larger than 256 KiB");
  if (before == variables_.end() && variables_.size() == kMaxVariables) {
    return refused("more than " + std::to_string(kMaxVariables) + " variables");
  }
  bytes_ = bytes;
  variables_.insert_or_assign(std::string(name), std::move(value));
  return {};
}

void BootEnvironment::remove(std::string_view name) {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return;
  bytes_ -= found->first.size() + found->second.size();
  variables_.erase(found);
}

}  // namespace hubwarden::providers

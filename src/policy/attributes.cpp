#include "policy/attributes.h"

#include "base/text.h"

namespace hubwarden::policy {
namespace {

bool is_plain(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && printable(text, max) == text;
}

}  // namespace

bool Attributes::add(std::string_view name, std::string_view value) {
  if (!is_plain(name, kMaxName) || !is_plain(value, kMaxValue)) return false;
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    if (by_name_.size() >= kMaxNames) return false;
    by_name_.emplace(name, std::vector{std::string(value)});
    return true;
  }
  if (found->second.size() >= kMaxValues) return false;
  found->second.emplace_back(value);
  return true;
}

const std::vector<std::string>& Attributes::values(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? none : found->second;
}

const std::string* Attributes::single(std::string_view name) const {
  const std::vector<std::string>& all = values(name);
  return all.size() == 1 ? &all.front() : nullptr;
}

}  // namespace hubwarden::policy

#include "policy/names.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::policy {
namespace {

constexpr std::size_t kMaxOwner = 39;
constexpr std::size_t kMaxName = 100;
constexpr std::string_view kGitSuffix = ".git";

bool is_owner(std::string_view text) {
  if (text.empty() || text.size() > kMaxOwner || !is_alnum(text.front())) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool inner_hyphen = text[i] == '-' && i + 1 < text.size() && text[i + 1] != '-';
    if (!is_alnum(text[i]) && text[i] != '_' && !inner_hyphen) return false;
  }
  return true;
}

bool has_git_suffix(std::string_view name) {
  return name.size() >= kGitSuffix.size() &&
         equal_ignoring_case(name.substr(name.size() - kGitSuffix.size()), kGitSuffix);
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxName || text == "." || text == "..") return false;
  return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

Owner::Owner(std::string_view text) : shown_(text), key_(lower(text)) {
}

Result<Owner> Owner::parse(std::string_view text) {
  if (!is_owner(text)) {
    return fail(ErrorCode::kInvalidRequest, "not a GitHub owner: \"" + printable(text, 60) + "\"");
  }
  return Owner(text);
}

Repository::Repository(const Owner& owner, std::string_view name) : slash_(owner.shown().size()) {
  shown_.reserve(slash_ + 1 + name.size());
  shown_.append(owner.shown()).append("/").append(name);
  key_ = lower(shown_);
  if (key_ == shown_) key_ = std::string();
}

Result<Repository> Repository::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const Result<Owner> owner = Owner::parse(text.substr(0, slash));
    std::string_view name = text.substr(slash + 1);
    if (has_git_suffix(name)) name.remove_suffix(kGitSuffix.size());
    // GitHub has no repository whose name ends so; and what is shown must read as the same repository again.
    if (owner && is_name(name) && !has_git_suffix(name)) return Repository(*owner, name);
  }
  return fail(ErrorCode::kInvalidRequest,
              "not a GitHub repository (owner/name): \"" + printable(text, 160) + "\"");
}

}  // namespace hubwarden::policy

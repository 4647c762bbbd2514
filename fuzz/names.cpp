// Owners, repositories, permissions, and the scope keys that are made of them.

#include "policy/names.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"
#include "policy/permissions.h"
#include "tokens/scope.h"

namespace hubwarden::fuzz {
namespace {

// Neither can leave its segment of a URL, nor its part of a key.
bool is_plain(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

void check(const policy::Repository& repository) {
  HW_CHECK(is_plain(repository.owner().shown()) && is_plain(repository.name()));
  HW_CHECK(repository.key() == lower(repository.shown()));
  const auto again = policy::Repository::parse(repository.shown());
  HW_CHECK(again && *again == repository);
}

std::string key_of(const policy::Repository& repository, const policy::PermissionSet& permissions) {
  std::vector<tokens::RepositoryMark> marks = {tokens::RepositoryMark(repository, std::nullopt)};
  return tokens::scope_key(tokens::AppRef("github.com", "1"), InstallationId(7), marks, &permissions,
                           std::nullopt);
}

}  // namespace

// Four texts: two repositories and two sets of permissions.
void target(std::string_view bytes) {
  const auto a = policy::Repository::parse(take_text(bytes));
  const auto b = policy::Repository::parse(take_text(bytes));
  const auto some = policy::PermissionSet::parse(take_text(bytes));
  const auto others = policy::PermissionSet::parse(take_text(bytes));
  if (a) check(*a);
  if (b) check(*b);
  if (some) {
    const auto again = policy::PermissionSet::parse(some->text());
    HW_CHECK(again && *again == *some && some->covers(*some));
  }
  if (!a || !b || !some || !others) return;
  const bool same_scope = *a == *b && *some == *others;
  HW_CHECK((key_of(*a, *some) == key_of(*b, *others)) == same_scope);
}

}  // namespace hubwarden::fuzz

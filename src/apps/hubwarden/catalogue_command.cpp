#include "apps/hubwarden/catalogue_command.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <optional>

#include "apps/hubwarden/catalogue_report.h"
#include "apps/hubwarden/exit_status.h"
#include "base/text.h"
#include "catalogue/match.h"
#include "catalogue/names.h"

namespace hubwarden::apps {
namespace {

using catalogue::Match;
using catalogue::Operation;

constexpr std::size_t kMaxShown = 200;  // of what the caller typed

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int complain(const std::string& message, ExitStatus status) {
  std::fprintf(stderr, "hubwarden: %s\n", message.c_str());
  return status;
}

bool needs(const Operation& operation, std::string_view permission) {
  if (operation.permissions_text().empty()) return false;
  return std::ranges::any_of(operation.scopes(), [&](const policy::PermissionSet& scope) {
    return scope.levels().contains(permission);
  });
}

bool is_wanted(const Operation& operation, const CatalogueFilter& filter) {
  using Access = CatalogueFilter::Access;
  if (filter.access != Access::kAny && operation.is_read() != (filter.access == Access::kRead)) return false;
  if (!filter.category.empty() && operation.category() != filter.category) return false;
  return filter.permission.empty() || needs(operation, filter.permission);
}

bool is_any(const std::function<bool(const Operation&)>& is_it) {
  return std::ranges::any_of(catalogue::operations(), is_it);
}

std::optional<Operation> by_template(std::string_view method, std::string_view path) {
  for (const Operation& operation : catalogue::operations()) {
    if (operation.method() == method && operation.path() == path) return operation;
  }
  return std::nullopt;
}

int complain_about(std::string_view method, std::string_view target) {
  return complain("no operation is " + printable(method, kMaxShown) + " " + printable(target, kMaxShown),
                  kFailed);
}

}  // namespace

int list_operations(const CatalogueFilter& filter) {
  const std::string& permission = filter.permission;
  if (!permission.empty() && !is_any([&](const Operation& one) { return needs(one, permission); })) {
    return complain("no operation needs the permission \"" + printable(permission, kMaxShown) + "\"",
                    kWrongUsage);
  }
  const std::string& category = filter.category;
  if (!category.empty() && !is_any([&](const Operation& one) { return one.category() == category; })) {
    return complain("GitHub has no category \"" + printable(category, kMaxShown) + "\"", kWrongUsage);
  }
  for (const Operation& operation : catalogue::operations()) {
    if (!is_wanted(operation, filter)) continue;
    print(filter.json ? operation_json(operation, std::nullopt) : operation_line(operation));
  }
  return kDone;
}

int show_operation(const WantedOperation& wanted) {
  std::optional<Operation> operation;
  std::optional<Match> found;
  if (wanted.name.size() == 2) {
    const std::string_view method = wanted.name[0];
    const std::string_view target = wanted.name[1];
    operation = by_template(method, target);
    // A query does not matter.
    if (!operation) found = catalogue::match(method, target.substr(0, target.find('?')));
    if (found) operation = found->operation();
    if (!operation) return complain_about(method, target);
  } else {
    const auto named = catalogue::parse_operation_name(wanted.name.front());
    if (!named) return complain(named.error().message(), kFailed);
    operation = named->operation;
  }
  print(wanted.json ? operation_json(*operation, found) : operation_text(*operation, found));
  return kDone;
}

}  // namespace hubwarden::apps

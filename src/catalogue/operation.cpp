#include "catalogue/operation.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "catalogue/table.h"

namespace hubwarden::catalogue {
namespace {

constexpr std::string_view kRepositoryPath = "/repos/{owner}/{repo}";

std::string_view to_string(table::Resource resource) {
  switch (resource) {
    case table::kCore: return "core";
    case table::kSearch: return "search";
    case table::kCodeSearch: return "code_search";
    case table::kIntegrationManifest: return "integration_manifest";
    case table::kDependencySnapshots: return "dependency_snapshots";
    case table::kDependencySbom: return "dependency_sbom";
    case table::kCodeScanningUpload: return "code_scanning_upload";
    case table::kCodeScanningAutofix: return "code_scanning_autofix";
    case table::kActionsRunnerRegistration: return "actions_runner_registration";
  }
  HW_CHECK(false);
}

// "contents=write,workflows=write"
policy::PermissionSet scope_of(std::string_view text) {
  policy::PermissionSet::Map levels;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t equals = part.find('=');
    levels.emplace(part.substr(0, equals), policy::parse_level(part.substr(equals + 1)).value());
  }
  return policy::PermissionSet::make(std::move(levels)).value();
}

}  // namespace

std::string_view Operation::id() const {
  return row_->id.view();
}

std::size_t Operation::place() const {
  return static_cast<std::size_t>(row_ - table::rows().data());
}

std::string_view Operation::method() const {
  return table::kMethods[row_->method];
}

std::string_view Operation::path() const {
  return row_->path.view();
}

std::string_view Operation::category() const {
  return row_->category.view();
}

Parameters Operation::path_parameters() const {
  return Parameters(row_->path_parameters.view());
}

Parameters Operation::query_parameters() const {
  return Parameters(row_->query_parameters.view());
}

bool Operation::is_read() const {
  return (row_->flags & table::kRead) != 0;
}

bool Operation::has_body() const {
  return (row_->flags & table::kBody) != 0;
}

bool Operation::is_deprecated() const {
  return (row_->flags & table::kDeprecated) != 0;
}

bool Operation::works_with_installation_token() const {
  return (row_->flags & table::kInstallationToken) != 0;
}

bool Operation::is_on_upload_host() const {
  return (row_->flags & table::kUploadHost) != 0;
}

bool Operation::is_of_repository() const {
  const std::string_view whole = path();
  return whole.starts_with(kRepositoryPath) &&
         (whole.size() == kRepositoryPath.size() || whole[kRepositoryPath.size()] == '/');
}

std::string_view Operation::resource() const {
  return to_string(row_->resource);
}

std::string_view Operation::permissions_text() const {
  return row_->permissions.view();
}

std::vector<policy::PermissionSet> Operation::scopes() const {
  const std::string_view text = permissions_text();
  std::vector<policy::PermissionSet> scopes;
  for (const std::string_view one : split(text.empty() ? "metadata=read" : text, ';')) {
    scopes.push_back(scope_of(trim(one)));
  }
  return scopes;
}

Operations::Iterator& Operations::Iterator::operator++() {
  ++row_;
  return *this;
}

Operations::Iterator Operations::Iterator::operator++(int) {
  return Iterator(row_++);
}

std::size_t Operations::size() const {
  return static_cast<std::size_t>(last_ - first_);
}

Operation Operations::operator[](std::size_t index) const {
  return Operation(first_ + index);
}

Operations operations() {
  const auto rows = table::rows();
  return {rows.data(), rows.data() + rows.size()};
}

std::optional<Operation> find(std::string_view id) {
  const auto rows = table::rows();
  const auto found =
      std::ranges::lower_bound(rows, id, {}, [](const table::Row& row) { return row.id.view(); });
  if (found == rows.end() || found->id.view() != id) return std::nullopt;
  return operations()[static_cast<std::size_t>(found - rows.begin())];
}

}  // namespace hubwarden::catalogue

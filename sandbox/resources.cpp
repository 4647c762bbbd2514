#include "sandbox/resources.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace hubwarden::sandbox {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::pair<std::string_view, Allowance> kAllowances[] = {
    {"core", {5000, hours(1)}},
    {"search", {30, minutes(1)}},
    {"code_search", {10, minutes(1)}},
    {"graphql", {5000, hours(1)}},
    {"integration_manifest", {5000, hours(1)}},
    {"source_import", {100, minutes(1)}},
    {"actions_runner_registration", {10'000, hours(1)}},
    {"scim", {15'000, hours(1)}},
    {"dependency_snapshots", {100, minutes(1)}},
    {"dependency_sbom", {100, minutes(1)}},
    {"code_scanning_autofix", {10, minutes(1)}},
    {"code_scanning_upload", {500, hours(1)}},
};

constexpr std::string_view kTold[] = {"core",
                                      "search",
                                      "code_search",
                                      "graphql",
                                      "integration_manifest",
                                      "source_import",
                                      "actions_runner_registration",
                                      "scim",
                                      "dependency_snapshots",
                                      "dependency_sbom",
                                      "code_scanning_autofix"};

// Whole operations, or how they begin. Everything else is "core".
constexpr std::pair<std::string_view, std::string_view> kOperations[] = {
    {"search/code", "code_search"},
    {"search/", "search"},
    {"dependency-graph/create-repository-snapshot", "dependency_snapshots"},
    {"dependency-graph/export-sbom", "dependency_sbom"},
    {"dependency-graph/fetch-sbom-report", "dependency_sbom"},
    {"dependency-graph/generate-sbom-report", "dependency_sbom"},
    {"code-scanning/upload-sarif", "code_scanning_upload"},
    {"code-scanning/create-autofix", "code_scanning_autofix"},
    {"actions/create-registration-token-for-", "actions_runner_registration"},
    {"actions/create-remove-token-for-", "actions_runner_registration"},
    {"actions/generate-runner-jitconfig-for-", "actions_runner_registration"},
};

constexpr std::uint64_t kAnonymousSearch = 10;

}  // namespace

std::string_view resource_of(std::string_view operation) {
  for (const auto& [beginning, resource] : kOperations) {
    if (operation.starts_with(beginning)) return resource;
  }
  return "core";
}

Allowance allowance_of(const Settings& settings, std::string_view resource, Party party) {
  const bool anonymous = party == Party::kAddress;
  for (auto [name, allowance] : kAllowances) {
    if (name != resource) continue;
    if (name == "core") allowance.limit = anonymous ? settings.anonymous_rate_limit : settings.rate_limit;
    if (name == "search") allowance.limit = anonymous ? kAnonymousSearch : settings.search_rate_limit;
    if (name == "code_search") allowance.limit = settings.code_search_rate_limit;
    return allowance;
  }
  return Allowance{settings.rate_limit, hours(1)};
}

bool is_resource(std::string_view name) {
  return std::any_of(std::begin(kAllowances), std::end(kAllowances),
                     [&](const auto& one) { return one.first == name; });
}

std::span<const std::string_view> told_resources() {
  return kTold;
}

}  // namespace hubwarden::sandbox

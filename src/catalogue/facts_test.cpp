// That the catalogue says what GitHub documents, row by row.

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "catalogue/facts_fixture.h"
#include "catalogue/match.h"
#include "catalogue/operation.h"

namespace hubwarden::catalogue {
namespace {

using testing::ElementsAre;
using Sets = std::set<std::string>;  // each set of permissions as a text

Sets sets_of(const Operation& operation) {
  Sets sets;
  for (const policy::PermissionSet& scope : operation.scopes()) sets.insert(scope.text());
  return sets;
}

// "contents=write; contents=write,workflows=write"
Sets sets_of_header(std::string_view header) {
  Sets sets;
  for (const std::string_view one : split(header, ';')) {
    std::string text(trim(one));
    std::ranges::replace(text, '=', ':');
    sets.insert(policy::PermissionSet::parse(text).value().text());
  }
  return sets;
}

std::map<std::pair<std::string, std::string>, Operation> by_template() {
  std::map<std::pair<std::string, std::string>, Operation> found;
  for (const Operation& operation : operations()) {
    found.emplace(std::pair(operation.method(), operation.path()), operation);
  }
  return found;
}

// The permissions that are documented, by operation: name → level.
std::map<std::string, policy::PermissionSet::Map> documented() {
  const auto templates = by_template();
  std::map<std::string, policy::PermissionSet::Map> needed;
  for (const Row& row : facts("permissions.csv")) {
    const Operation& operation = templates.at({row.at("verb"), row.at("path")});
    const bool is_new = needed[std::string(operation.id())]
                            .emplace(row.at("permission"), policy::parse_level(row.at("access")).value())
                            .second;
    EXPECT_TRUE(is_new) << operation.id();
  }
  return needed;
}

std::vector<std::string> names_of(const policy::PermissionSet::Map& needed) {
  std::vector<std::string> names;
  for (const auto& [name, level] : needed) names.push_back(name);
  return names;
}

std::string text_of(const policy::PermissionSet::Map& needed) {
  return policy::PermissionSet::make(needed).value().text();
}

// What several permissions of one operation mean, as data/github-rest/README.md has it from GitHub's pages.
Sets sets_by_the_rules(const policy::PermissionSet::Map& needed) {
  static const std::set<std::vector<std::string>> kAnyOne = {
      {"issues", "pull_requests"},
      {"contents", "pull_requests"},
      {"administration", "private_repository_invitations"},
      {"organization_administration", "organization_copilot_seat_management"},
  };
  static const std::set<std::vector<std::string>> kTogether = {
      {"administration", "contents"},
      {"administration", "members"},
      {"administration", "pages"},
      {"administration", "repository_advisories"},
      {"codespaces", "organization_codespaces"},
      {"codespaces_lifecycle_admin", "organization_codespaces"},
  };
  const std::vector<std::string> names = names_of(needed);
  Sets sets;
  if (kAnyOne.contains(names)) {
    for (const auto& one : needed) sets.insert(text_of({one}));
  } else {
    sets.insert(text_of(needed));
  }
  const bool is_contents = names == std::vector<std::string>{"contents", "workflows"};
  if (is_contents) sets.insert(text_of({*needed.find("contents")}));
  EXPECT_TRUE(names.size() == 1 || is_contents || kAnyOne.contains(names) || kTogether.contains(names))
      << "nobody has looked up what these mean together: " << text_of(needed);
  return sets;
}

TEST(Facts, OfEveryOperationAreInTheCatalogue) {
  const auto rows = facts("operations.csv");
  ASSERT_EQ(rows.size(), operations().size());
  for (const Row& row : rows) {
    const auto operation = find(row.at("operationId"));
    ASSERT_TRUE(operation) << row.at("operationId");
    EXPECT_EQ(operation->method(), row.at("method")) << operation->id();
    EXPECT_EQ(operation->path(), row.at("path")) << operation->id();
    EXPECT_EQ(operation->category(), row.at("category")) << operation->id();
    EXPECT_EQ(operation->has_body(), row.at("has_request_body") == "true") << operation->id();
    EXPECT_EQ(operation->is_deprecated(), row.at("deprecated") == "true") << operation->id();
    EXPECT_EQ(operation->works_with_installation_token(), row.at("works_with_iat") == "true")
        << operation->id();
    EXPECT_EQ(operation->is_on_upload_host(), !row.at("server").empty()) << operation->id();
  }
}

TEST(Facts, OfPermissionsAreWhatAnOperationAsksFor) {
  const auto needed = documented();
  std::size_t checked = 0;
  for (const Operation& operation : operations()) {
    const auto found = needed.find(std::string(operation.id()));
    if (found == needed.end()) {
      EXPECT_EQ(operation.permissions_text(), "") << operation.id();
      continue;
    }
    EXPECT_EQ(sets_of(operation), sets_by_the_rules(found->second)) << operation.id();
    EXPECT_EQ(sets_of(operation), sets_of_header(operation.permissions_text())) << operation.id();
    if (operation.works_with_installation_token()) ++checked;
  }
  EXPECT_EQ(needed.size(), 999);
  EXPECT_EQ(checked, 903);
}

TEST(Facts, OfPermissionsPutTheSmallestSetFirst) {
  for (const Operation& operation : operations()) {
    const auto scopes = operation.scopes();
    EXPECT_TRUE(std::ranges::is_sorted(scopes, {}, [](const auto& one) { return one.levels().size(); }))
        << operation.id();
  }
}

// Which of the recorded headers are of operations that GitHub does not document: where redirects and links
// lead to.
TEST(Facts, AgreeWithWhatGitHubAnswered) {
  const auto templates = by_template();
  std::size_t agreeing = 0;
  std::vector<std::string> undocumented;
  for (const Row& row : facts("observed-accepted-permissions.csv")) {
    const auto found = templates.find({row.at("verb"), row.at("path")});
    if (found == templates.end()) {
      undocumented.push_back(row.at("path"));
      continue;
    }
    const std::string& header = row.at("x_accepted_github_permissions");
    // GitHub's words for "no permission is needed".
    const std::string expected = header == "allows_permissionless_access=true" ? "" : header;
    EXPECT_EQ(found->second.permissions_text(), expected) << found->second.id();
    ++agreeing;
  }
  EXPECT_EQ(agreeing, 43);
  EXPECT_THAT(undocumented, ElementsAre("/repositories/{repository_id}/commits/{sha}",
                                        "/repositories/{repository_id}/compare/v0.6...v0.7",
                                        "/repositories/{repository_id}/compare/{sha}...{sha}",
                                        "/repositories/{repository_id}/issues/1136/comments"));
}

TEST(Facts, AgreeWithWhatGitHubAnsweredAboutRepositoriesById) {
  for (const Row& row : facts("observed-accepted-permissions.csv")) {
    std::string path = row.at("path");
    if (!path.starts_with("/repositories/")) continue;
    path.replace(path.find("{repository_id}"), 15, "1296269");
    for (std::size_t at = 0; (at = path.find("{sha}")) != std::string::npos;) path.replace(at, 5, "abc");
    const auto found = match(row.at("verb"), path);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(found->operation().permissions_text(), row.at("x_accepted_github_permissions")) << path;
  }
}

TEST(Facts, OfParametersAreInTheCatalogue) {
  std::map<std::string, std::size_t> seen;
  for (const Row& row : facts("query-parameters.csv")) {
    const auto parameter = find(row.at("operationId"))->query_parameters().find(row.at("name"));
    ASSERT_TRUE(parameter) << row.at("operationId") << ' ' << row.at("name");
    EXPECT_EQ(parameter->is_required, row.at("required") == "true");
    EXPECT_EQ(parameter->values, row.at("values"));
    EXPECT_EQ(parameter->minimum, parse_number<std::int64_t>(row.at("minimum")));
    EXPECT_EQ(parameter->maximum, parse_number<std::int64_t>(row.at("maximum")));
    EXPECT_TRUE(row.at("type").find(to_string(parameter->type)) != std::string::npos) << row.at("type");
    ++seen[row.at("operationId")];
  }
  for (const Operation& operation : operations()) {
    EXPECT_EQ(operation.query_parameters().size(), seen[std::string(operation.id())]) << operation.id();
  }
}

TEST(Facts, OfPathsHaveTheParametersOfTheTemplateInItsOrder) {
  std::map<std::string, std::vector<Row>> rows;
  for (const Row& row : facts("path-parameters.csv")) rows[row.at("operationId")].push_back(row);
  for (const Operation& operation : operations()) {
    std::string rest(operation.path());
    auto row = rows[std::string(operation.id())].begin();
    for (const Parameter& parameter : operation.path_parameters()) {
      EXPECT_EQ(parameter.name, row->at("name")) << operation.id();
      EXPECT_EQ(parameter.spans_segments, row->at("spans_segments") == "true") << operation.id();
      EXPECT_EQ(parameter.may_be_omitted, row->at("may_be_omitted") == "true") << operation.id();
      EXPECT_EQ(parameter.is_required, !parameter.may_be_omitted) << operation.id();
      EXPECT_TRUE(row->at("type").find(to_string(parameter.type)) != std::string::npos) << operation.id();
      EXPECT_EQ(parameter.values, row->at("values")) << operation.id();
      const std::string in_template = "{" + std::string(parameter.name) + "}";
      const std::size_t at = rest.find('{');
      ASSERT_EQ(rest.compare(at, in_template.size(), in_template), 0) << operation.id();
      rest.erase(0, at + in_template.size());
      ++row;
    }
    EXPECT_EQ(rest.find('{'), std::string::npos) << operation.id();
  }
}

}  // namespace
}  // namespace hubwarden::catalogue

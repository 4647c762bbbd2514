#include "catalogue/operation.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hubwarden::catalogue {
namespace {

using testing::ElementsAre;

std::vector<std::string> scopes_of(std::string_view id) {
  std::vector<std::string> texts;
  for (const policy::PermissionSet& scope : find(id).value().scopes()) texts.push_back(scope.text());
  return texts;
}

TEST(Catalogue, HasEveryOperationOnceInTheOrderOfTheIds) {
  EXPECT_EQ(operations().size(), 1223);
  EXPECT_TRUE(std::ranges::is_sorted(std::vector(operations().begin(), operations().end()),
                                     std::ranges::less(), &Operation::id));
  for (const Operation& operation : operations()) EXPECT_EQ(find(operation.id()), operation);
}

TEST(Catalogue, KnowsForWhichOfThemInstallationTokensWork) {
  EXPECT_EQ(std::ranges::count_if(operations(), &Operation::works_with_installation_token), 991);
}

TEST(Catalogue, FindsNothingForWhatIsNotExactlyAnId) {
  for (const std::string& id :
       {std::string(), std::string("issues"), std::string("issues/creat"), std::string("issues/create2"),
        std::string("Issues/create"), std::string("zzz"), std::string("issues/create\0", 14),
        std::string(100'000, 'x')}) {
    EXPECT_EQ(find(id), std::nullopt) << id;
  }
}

TEST(Operation, SaysWhatItIs) {
  const Operation create = find("issues/create").value();
  EXPECT_EQ(create.method(), "POST");
  EXPECT_EQ(create.path(), "/repos/{owner}/{repo}/issues");
  EXPECT_EQ(create.category(), "issues");
  EXPECT_EQ(create.permissions_text(), "issues=write");
  EXPECT_TRUE(create.has_body());
  EXPECT_FALSE(create.is_read());
  EXPECT_FALSE(create.is_deprecated());
  EXPECT_TRUE(create.is_of_repository());
  EXPECT_FALSE(create.is_on_upload_host());
  EXPECT_EQ(create.resource(), "core");
  EXPECT_TRUE(find("teams/get-legacy").value().is_deprecated());
}

TEST(Operation, IsOfARepositoryByItsPathAlone) {
  EXPECT_TRUE(find("repos/get").value().is_of_repository());
  EXPECT_TRUE(find("pulls/get").value().is_of_repository());
  EXPECT_FALSE(find("repos/list-public").value().is_of_repository());
  EXPECT_FALSE(find("repos/create-using-template").value().is_of_repository());
  EXPECT_FALSE(find("agent-tasks/create-task-in-repo").value().is_of_repository());
}

TEST(Operation, GoesToAnotherHostForUploadsAlone) {
  for (const Operation& operation : operations()) {
    EXPECT_EQ(operation.is_on_upload_host(), operation.id() == "repos/upload-release-asset")
        << operation.id();
  }
}

TEST(Operation, IsCountedWhereGitHubCountsIt) {
  struct Case {
    const char* id;
    const char* resource;
  };
  constexpr Case kCases[] = {
      {"repos/get", "core"},
      {"search/issues-and-pull-requests", "search"},
      {"search/labels", "search"},
      {"search/code", "code_search"},
      {"apps/create-from-manifest", "integration_manifest"},
      {"dependency-graph/create-repository-snapshot", "dependency_snapshots"},
      {"dependency-graph/export-sbom", "dependency_sbom"},
      {"code-scanning/upload-sarif", "code_scanning_upload"},
      {"code-scanning/get-sarif", "core"},
      {"code-scanning/create-autofix", "code_scanning_autofix"},
      {"actions/create-registration-token-for-repo", "actions_runner_registration"},
  };
  for (const Case& one : kCases) EXPECT_EQ(find(one.id).value().resource(), one.resource) << one.id;
}

TEST(Operation, AsksForOneSetOfPermissions) {
  EXPECT_THAT(scopes_of("issues/create"), ElementsAre("issues:write"));
  EXPECT_THAT(scopes_of("repos/create-pages-site"), ElementsAre("administration:write,pages:write"));
}

TEST(Operation, HasAlternativesWithTheResourceOfItsPathFirst) {
  EXPECT_THAT(scopes_of("issues/create-comment"), ElementsAre("issues:write", "pull_requests:write"));
  EXPECT_THAT(scopes_of("issues/list-labels-for-repo"), ElementsAre("issues:read", "pull_requests:read"));
  EXPECT_THAT(scopes_of("pulls/get"), ElementsAre("pull_requests:read", "contents:read"));
}

TEST(Operation, AsksForWorkflowsOnlyWhereContentsDoNotDo) {
  for (const char* id : {"repos/create-or-update-file-contents", "repos/delete-file", "git/create-ref",
                         "git/update-ref", "repos/create-release", "repos/update-release"}) {
    EXPECT_THAT(scopes_of(id), ElementsAre("contents:write", "contents:write,workflows:write")) << id;
  }
}

TEST(Operation, NeedsNoMoreThanEveryTokenHasWhereNothingIsDocumented) {
  EXPECT_EQ(find("rate-limit/get").value().permissions_text(), "");
  EXPECT_THAT(scopes_of("rate-limit/get"), ElementsAre("metadata:read"));
  for (const Operation& operation : operations()) EXPECT_FALSE(operation.scopes().empty()) << operation.id();
}

TEST(Operation, IsAReadOnlyIfNothingInItAsksForMore) {
  for (const Operation& operation : operations()) {
    const bool asks_to_read = operation.permissions_text().find("=write") == std::string_view::npos &&
                              operation.permissions_text().find("=admin") == std::string_view::npos;
    EXPECT_EQ(operation.is_read(), operation.method() == "GET" && asks_to_read) << operation.id();
  }
  EXPECT_FALSE(find("repos/get-pages-health-check").value().is_read());
}

}  // namespace
}  // namespace hubwarden::catalogue

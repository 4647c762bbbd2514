#include "github/documents.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace hubwarden::github {
namespace {

// The shape of GitHub's installation object.
constexpr std::string_view kInstallationBody = R"({
  "id": 51234567, "account": {"login": "acme", "id": 9919, "type": "Organization"},
  "access_tokens_url": "https://api.github.com/app/installations/51234567/access_tokens",
  "app_id": 123456, "app_slug": "hubwarden-test", "target_id": 9919, "target_type": "Organization",
  "permissions": {"contents": "write", "metadata": "read", "odd": "sometimes"}, "events": ["push"],
  "repository_selection": "all", "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
  "suspended_by": null, "suspended_at": null})";

TEST(Installation, IsReadFromGitHubsAnswer) {
  const Result<Installation> there = read_installation(kInstallationBody);
  ASSERT_TRUE(there.has_value()) << there.error().message();
  EXPECT_EQ(there->id, InstallationId(51234567));
  EXPECT_EQ(there->account.shown(), "acme");
  EXPECT_EQ(there->app_slug, "hubwarden-test");
  EXPECT_EQ(there->selection, RepositorySelection::kAll);
  EXPECT_EQ(there->permissions, policy::PermissionSet::parse("contents:write,metadata:read")->levels());
  EXPECT_FALSE(there->suspended_at.has_value());
  EXPECT_FALSE(there->moved_to.has_value());
}

TEST(Installation, SaysSinceWhenItIsSuspended) {
  const Result<Installation> there =
      read_installation(R"({"id":1,"account":{"login":"acme"},"suspended_at":"2026-11-22T12:00:00.123Z"})");
  ASSERT_TRUE(there.has_value());
  ASSERT_TRUE(there->suspended_at.has_value());
  EXPECT_EQ(rfc3339(*there->suspended_at), "2026-11-22T12:00:00Z");
}

TEST(Documents, AreRefusedWhenTheyLackWhatGitHubPromises) {
  for (const std::string_view body :
       {"", "<html>", "[]", "{}", R"({"id":0,"account":{"login":"a"}})",
        R"({"id":"1","account":{"login":"a"}})", R"({"id":1})", R"({"id":1,"account":null})",
        R"({"id":1,"account":{"login":"a/b"}})", R"({"id":18446744073709551615,"account":{"login":"a"}})",
        R"({"id":1,"account":{"login":"a"},"suspended_at":"soon"})"}) {
    const Result<Installation> there = read_installation(body);
    ASSERT_FALSE(there.has_value()) << body;
    EXPECT_EQ(there.error().code(), ErrorCode::kUpstreamProtocol) << body;
  }
  for (const std::string_view body : {"", "[]", "{}", R"({"id":1})", R"({"id":1,"full_name":"a"})",
                                      R"({"id":1e3,"full_name":"a/b"})", R"({"full_name":"a/b"})"}) {
    EXPECT_FALSE(read_repository(body).has_value()) << body;
  }
  for (const std::string_view body : {"", "[]", "{}", R"({"id":null})"})
    EXPECT_FALSE(read_app(body).has_value()) << body;
}

TEST(RepositoryDocument, NamesTheRepositoryAndItsNumber) {
  const Result<RepositoryDocument> found =
      read_repository(R"({"id":1296269,"full_name":"octocat/Hello-World"})");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, RepositoryId(1296269));
  EXPECT_EQ(found->repository.shown(), "octocat/Hello-World");
}

TEST(AppDocument, IsReadWithItsPermissions) {
  const Result<AppDocument> app =
      read_app(R"({"id":5,"slug":"hw","name":"Hub\u001bwarden","permissions":{"contents":"read"}})");
  ASSERT_TRUE(app.has_value());
  EXPECT_EQ(app->id, 5U);
  EXPECT_EQ(app->slug, "hw");
  EXPECT_EQ(app->name, "Hubwarden");
  EXPECT_EQ(app->permissions.size(), 1U);
}

}  // namespace
}  // namespace hubwarden::github

#include "github/webhook.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::github {
namespace {

using What = InstallationChange::What;

std::string installation(std::string_view action, std::string_view more = "") {
  return R"({"action":")" + std::string(action) +
         R"(","installation":{"id":957387,"app_id":29310,"client_id":"Iv23liAbc","account":{"login":"Codertocat"}})" +
         std::string(more) + "}";
}

std::string repository(std::string_view action, std::string_view changes = "{}") {
  return R"({"action":")" + std::string(action) +
         R"(","repository":{"id":186853261,"full_name":"Octocoders/Hello-World"},"installation":{"id":1},"changes":)" +
         std::string(changes) + "}";
}

std::string names(const RepositoryChange& change) {
  std::string all;
  for (const policy::Repository& name : change.names) all += name.shown() + " ";
  return all;
}

Webhook read(WebhookEvent event, const std::string& payload) {
  const Result<Webhook> webhook = read_webhook(event, payload);
  EXPECT_TRUE(webhook.has_value()) << webhook.error().message() << ": " << payload;
  return webhook.value_or(Webhook());
}

TEST(WebhookEvent, IsOneOfFourOrAnother) {
  EXPECT_EQ(webhook_event("installation"), WebhookEvent::kInstallation);
  EXPECT_EQ(webhook_event("installation_repositories"), WebhookEvent::kInstallationRepositories);
  EXPECT_EQ(webhook_event("installation_target"), WebhookEvent::kInstallationTarget);
  EXPECT_EQ(webhook_event("repository"), WebhookEvent::kRepository);
  for (const std::string_view other : {"", "push", "Installation", "installation ", "meta"}) {
    EXPECT_FALSE(concerns_us(webhook_event(other))) << other;
  }
}

TEST(Webhook, OfAnInstallationSaysWhichAndWhose) {
  for (const std::string_view action : {"created", "deleted", "suspend", "unsuspend"}) {
    const Webhook webhook = read(WebhookEvent::kInstallation, installation(action));
    const auto& change = std::get<InstallationChange>(webhook.change);
    EXPECT_EQ(change.what, What::kAll) << action;
    EXPECT_EQ(change.installation, InstallationId(957387));
    ASSERT_EQ(change.owners.size(), 1U);
    EXPECT_EQ(change.owners[0].key(), "codertocat");
    EXPECT_EQ(webhook.app_id, 29310U);
    EXPECT_EQ(webhook.client_id, "Iv23liAbc");
    EXPECT_EQ(webhook.action, action);
  }
  const Webhook granted = read(WebhookEvent::kInstallation, installation("new_permissions_accepted"));
  EXPECT_EQ(std::get<InstallationChange>(granted.change).what, What::kGrants);
}

TEST(Webhook, OfItsRepositoriesMeansTheWholeInstallationWhateverItSays) {
  for (const std::string_view action : {"added", "removed", "something_new"}) {
    const Webhook webhook = read(WebhookEvent::kInstallationRepositories, installation(action));
    EXPECT_EQ(std::get<InstallationChange>(webhook.change).what, What::kAll);
  }
}

TEST(Webhook, OfARenamedOwnerHasBothNames) {
  const std::string payload =
      R"({"action":"renamed","account":{"login":"newco"},"changes":{"login":{"from":"oldco"}},)"
      R"("installation":{"id":5},"target_type":"Organization"})";
  const auto change = std::get<InstallationChange>(read(WebhookEvent::kInstallationTarget, payload).change);
  ASSERT_EQ(change.owners.size(), 2U);
  EXPECT_EQ(change.owners[0].key(), "newco");
  EXPECT_EQ(change.owners[1].key(), "oldco");
}

TEST(Webhook, OfARepositoryHasItsNumberAndAllItsNames) {
  const struct {
    std::string action, changes, names;
  } cases[] = {
      {"created", "{}", "Octocoders/Hello-World "},
      {"deleted", "null", "Octocoders/Hello-World "},
      {"privatized", "{}", "Octocoders/Hello-World "},
      {"renamed", R"({"repository":{"name":{"from":"Hi"}}})", "Octocoders/Hello-World Octocoders/Hi "},
      {"transferred", R"({"owner":{"from":{"user":{"login":"octocat"}}}})",
       "Octocoders/Hello-World octocat/Hello-World "},
      {"transferred", R"({"owner":{"from":{"organization":{"login":"acme"}}}})",
       "Octocoders/Hello-World acme/Hello-World "},
  };
  for (const auto& c : cases) {
    const Webhook webhook = read(WebhookEvent::kRepository, repository(c.action, c.changes));
    const auto& change = std::get<RepositoryChange>(webhook.change);
    EXPECT_EQ(change.repository, RepositoryId(186853261)) << c.action;
    EXPECT_EQ(names(change), c.names) << c.action;
  }
}

TEST(Webhook, OfWhatChangesNothingHereChangesNothing) {
  for (const std::string_view action : {"edited", "archived", "unarchived", "something_new"}) {
    EXPECT_TRUE(std::holds_alternative<NoChange>(read(WebhookEvent::kRepository, repository(action)).change));
  }
  const Webhook odd = read(WebhookEvent::kInstallation, installation("something_new"));
  EXPECT_TRUE(std::holds_alternative<NoChange>(odd.change));
  // An event that is not ours is not even looked into.
  EXPECT_TRUE(std::holds_alternative<NoChange>(read(WebhookEvent::kOther, "not JSON").change));
}

TEST(Webhook, IsRefusedWhenItIsNotWhatGitHubPromises) {
  const std::string deep(100'000, '[');
  const std::string cases[] = {
      "",
      "null",
      "[]",
      "{",
      deep,
      R"({"action":)" + deep,
      R"({"action":"created"})",
      R"({"action":5,"installation":{"id":1}})",
      R"({"action":"created","installation":5})",
      R"({"action":"created","installation":{"id":"1"}})",
      R"({"action":"created","installation":{"id":0}})",
      R"({"action":"created","installation":{"id":-1}})",
      R"({"action":"created","installation":{"id":1e3}})",
      R"({"action":"created","installation":{"id":18446744073709551615}})",
      R"({"action":"created","installation":{"id":1}} x)",
      "{\"action\":\"created\xff\",\"installation\":{\"id\":1}}",
  };
  for (const std::string& payload : cases) {
    const Result<Webhook> webhook = read_webhook(WebhookEvent::kInstallation, payload);
    ASSERT_FALSE(webhook.has_value()) << payload.substr(0, 100);
    EXPECT_EQ(webhook.error().code(), ErrorCode::kInvalidRequest);
  }
  const std::string repositories[] = {
      R"({"action":"renamed"})",
      R"({"action":"renamed","repository":[]})",
      R"({"action":"renamed","repository":{"id":1}})",
      R"({"action":"renamed","repository":{"id":1,"full_name":7}})",
      R"({"action":"renamed","repository":{"id":1,"full_name":"a/../b"}})",
      repository("renamed", R"({"repository":{"name":{"from":"../x"}}})"),
  };
  for (const std::string& payload : repositories) {
    EXPECT_FALSE(read_webhook(WebhookEvent::kRepository, payload).has_value()) << payload;
  }
}

TEST(Webhook, LetsOddAccountsPass) {
  for (const std::string_view account : {"null", "5", R"({"login":7})", R"({"login":"a/b"})", "{}"}) {
    const std::string payload =
        R"({"action":"deleted","installation":{"id":1,"account":)" + std::string(account) + "}}";
    const auto change = std::get<InstallationChange>(read(WebhookEvent::kInstallation, payload).change);
    EXPECT_TRUE(change.owners.empty()) << account;
  }
}

}  // namespace
}  // namespace hubwarden::github

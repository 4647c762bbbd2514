#include "github/mint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/time_text.h"
#include "base/token_text.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const TimePoint kNow = *parse_rfc3339("2026-11-22T12:00:00Z");
const InstallationId kInstallation(7);

policy::Repository named(std::string_view text) {
  return *policy::Repository::parse(text);
}
RepositoryIds ids(std::vector<std::uint64_t> numbers) {
  std::vector<RepositoryId> list;
  for (const std::uint64_t number : numbers) list.emplace_back(number);
  return *RepositoryIds::make(std::move(list));
}
RepositoryNames names(std::vector<std::string_view> texts) {
  std::vector<policy::Repository> list;
  for (const std::string_view text : texts) list.push_back(named(text));
  return *RepositoryNames::make(std::move(list));
}
policy::PermissionSet permissions(std::string_view text) {
  return *policy::PermissionSet::parse(text);
}

// As GitHub answers, with the repository objects shortened.
std::string answer(std::string_view permissions_json, std::string_view rest) {
  return R"({"token":"ghs_16C7e42F292c6912E7710c838347Ae178B4a","expires_at":"2026-11-22T13:00:00Z","permissions":)" +
         std::string(permissions_json) + std::string(rest) + "}";
}

TEST(MintBody, SaysExactlyWhatIsAskedFor) {
  const struct {
    Repositories repositories;
    Permissions permissions;
    std::string_view body;
  } cases[] = {
      {ids({42, 7, 42}), permissions("issues:read,contents:write"),
       R"({"repository_ids":[7,42],"permissions":{"contents":"write","issues":"read"}})"},
      {names({"acme/widgets", "Acme/Tools"}), permissions("metadata:read"),
       R"({"repositories":["Tools","widgets"],"permissions":{"metadata":"read"}})"},
      {AllRepositories(), permissions("contents:read"), R"({"permissions":{"contents":"read"}})"},
      {ids({1}), AllPermissions(), R"({"repository_ids":[1]})"},
      {AllRepositories(), AllPermissions(), "{}"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(mint_body(MintRequest(kInstallation, c.repositories, c.permissions)), c.body);
  }
}

TEST(Repositories, AreNeverNoneNorTooManyNorOfTwoOwners) {
  EXPECT_FALSE(RepositoryIds::make({}).has_value());
  EXPECT_FALSE(RepositoryNames::make({}).has_value());
  EXPECT_FALSE(RepositoryNames::make({named("acme/a"), named("other/b")}).has_value());
  std::vector<RepositoryId> many;
  for (std::uint64_t i = 1; i <= kMaxRepositories; ++i) many.emplace_back(i);
  EXPECT_TRUE(RepositoryIds::make(many).has_value());
  many.emplace_back(kMaxRepositories + 1);
  EXPECT_FALSE(RepositoryIds::make(many).has_value());
  EXPECT_EQ(names({"acme/a", "ACME/A"}).values().size(), 1U);
}

TEST(MintedToken, IsReadFromGitHubsAnswer) {
  const std::string body = answer(R"({"contents":"write","metadata":"read"})",
                                  R"(,"repository_selection":"selected","single_file":null,
      "repositories":[{"id":1296269,"node_id":"x","name":"Hello-World","full_name":"octocat/Hello-World",
                       "owner":{"login":"octocat","id":1},"private":false,"permissions":{"admin":false}}])");
  const Result<MintedToken> minted = read_minted_token(body);
  ASSERT_TRUE(minted.has_value()) << minted.error().message();
  EXPECT_EQ(minted->token.reveal(), "ghs_16C7e42F292c6912E7710c838347Ae178B4a");
  EXPECT_EQ(rfc3339(minted->expires_at), "2026-11-22T13:00:00Z");
  EXPECT_EQ(minted->permissions, permissions("contents:write,metadata:read").levels());
  EXPECT_EQ(minted->selection, RepositorySelection::kSelected);
  ASSERT_EQ(minted->repositories.size(), 1U);
  EXPECT_EQ(minted->repositories[0].id, RepositoryId(1296269));
  EXPECT_EQ(minted->repositories[0].repository.shown(), "octocat/Hello-World");
}

TEST(MintedToken, IsRefusedWhenTheAnswerIsNotWhatGitHubPromises) {
  const std::string good = answer(R"({"metadata":"read"})", "");
  ASSERT_TRUE(read_minted_token(good).has_value());
  std::string many;
  for (int i = 1; i <= 501; ++i) many += R"({"id":)" + std::to_string(i) + R"(,"full_name":"a/b"},)";
  many.pop_back();
  const std::string cases[] = {
      "",
      "<html></html>",
      "[]",
      "null",
      "{}",
      good.substr(0, good.size() - 1),
      good + "x",
      R"({"token":"ghs_x","permissions":{"metadata":"read"}})",
      R"({"token":"ghs_x","expires_at":"tomorrow","permissions":{"metadata":"read"}})",
      R"({"token":"ghs_x","expires_at":1795352400,"permissions":{"metadata":"read"}})",
      R"({"token":"ghs_x","expires_at":"9999-12-31T23:59:59Z","permissions":{"metadata":"read"}})",
      R"({"token":"ghs_x","expires_at":"2026-11-22T13:00:00Z"})",
      answer("{}", ""),
      answer("[]", ""),
      answer(R"({"contents":"root"})", ""),
      answer(R"({"contents":true})", ""),
      answer(R"({"metadata":"read"})", R"(,"repositories":[{"id":1}])"),
      answer(R"({"metadata":"read"})", R"(,"repositories":[{"id":-1,"full_name":"a/b"}])"),
      answer(R"({"metadata":"read"})", R"(,"repositories":[{"id":1.5,"full_name":"a/b"}])"),
      answer(R"({"metadata":"read"})", R"(,"repositories":[{"id":1,"full_name":"../b"}])"),
      answer(R"({"metadata":"read"})", R"(,"repositories":["a/b"])"),
      answer(R"({"metadata":"read"})", R"(,"repositories":[)" + many + "]"),
      std::string(100'000, '['),
  };
  for (const std::string& body : cases) {
    const Result<MintedToken> minted = read_minted_token(body);
    ASSERT_FALSE(minted.has_value()) << body.substr(0, 200);
    EXPECT_EQ(minted.error().code(), ErrorCode::kUpstreamProtocol);
    EXPECT_THAT(minted.error().message(), Not(HasSubstr("ghs_")));
  }
}

MintedToken good_token() {
  MintedToken minted;
  minted.token = Secret("ghs_x");
  minted.expires_at = kNow + 1h;
  minted.permissions = permissions("contents:write,metadata:read").levels();
  minted.selection = RepositorySelection::kSelected;
  minted.repositories.emplace_back(RepositoryId(1), named("acme/widgets"));
  return minted;
}

const MintRequest kById(kInstallation, ids({1, 2}), permissions("contents:write"));
const MintRequest kByName(kInstallation, names({"Acme/Widgets"}), permissions("contents:write"));
const MintRequest kEverything(kInstallation, AllRepositories(), AllPermissions());

TEST(VerifyMinted, AcceptsWhatIsNoWiderThanAsked) {
  for (const MintRequest* asked : {&kById, &kByName, &kEverything}) {
    EXPECT_TRUE(verify_minted(*asked, good_token(), kNow).has_value());
  }
  MintedToken less = good_token();
  less.permissions = permissions("contents:read,metadata:read").levels();
  EXPECT_TRUE(verify_minted(kById, less, kNow).has_value());
  MintedToken selected_installation = good_token();
  EXPECT_TRUE(verify_minted(kEverything, selected_installation, kNow).has_value());
  MintedToken all = good_token();
  all.selection = RepositorySelection::kAll;
  EXPECT_TRUE(verify_minted(kEverything, all, kNow).has_value());
}

TEST(VerifyMinted, DependsOnNoTokenFormat) {
  for (const std::string& token : {std::string("x"), "ghs_123_" + std::string(520, 'a') + ".b.c-_",
                                   std::string(kMaxToken, '~'), std::string("!#$%&'()*+,/:;<=>?@[]^`{|}~")}) {
    MintedToken minted = good_token();
    minted.token = Secret(token);
    EXPECT_TRUE(verify_minted(kById, minted, kNow).has_value()) << token;
  }
}

TEST(VerifyMinted, RefusesWhatIsWiderOrStrange) {
  const struct {
    std::string_view name;
    void (*change)(MintedToken&);
  } cases[] = {
      {"no token", [](MintedToken& t) { t.token = Secret(); }},
      {"a space", [](MintedToken& t) { t.token = Secret("ghs_ x"); }},
      {"a line break", [](MintedToken& t) { t.token = Secret("ghs_x\r\nHost: y"); }},
      {"a quote", [](MintedToken& t) { t.token = Secret("ghs_\"x"); }},
      {"a backslash", [](MintedToken& t) { t.token = Secret("ghs_\\x"); }},
      {"not ASCII", [](MintedToken& t) { t.token = Secret("ghs_é"); }},
      {"a NUL", [](MintedToken& t) { t.token = Secret(std::string_view("ghs_\0x", 6)); }},
      {"too long", [](MintedToken& t) { t.token = Secret(std::string(kMaxToken + 1, 'a')); }},
      {"expired", [](MintedToken& t) { t.expires_at = kNow; }},
      {"long ago", [](MintedToken& t) { t.expires_at = *parse_rfc3339("1678-01-01T00:00:00Z"); }},
      {"for ever", [](MintedToken& t) { t.expires_at = kNow + 61min + 1s; }},
      {"far away", [](MintedToken& t) { t.expires_at = *parse_rfc3339("2261-01-01T00:00:00Z"); }},
      {"one permission more", [](MintedToken& t) { t.permissions.emplace("issues", policy::Level::kRead); }},
      {"a higher level", [](MintedToken& t) { t.permissions["contents"] = policy::Level::kAdmin; }},
      {"metadata:write", [](MintedToken& t) { t.permissions["metadata"] = policy::Level::kWrite; }},
      {"no permissions", [](MintedToken& t) { t.permissions.clear(); }},
      {"a strange permission", [](MintedToken& t) { t.permissions.emplace("A B", policy::Level::kRead); }},
      {"all repositories", [](MintedToken& t) { t.selection = RepositorySelection::kAll; }},
      {"no selection", [](MintedToken& t) { t.selection.reset(); }},
      {"no repository", [](MintedToken& t) { t.repositories.clear(); }},
      {"another repository",
       [](MintedToken& t) { t.repositories.emplace_back(RepositoryId(9), named("acme/x")); }},
  };
  for (const auto& c : cases) {
    for (const MintRequest* asked : {&kById, &kByName}) {
      MintedToken minted = good_token();
      c.change(minted);
      const Result<> verified = verify_minted(*asked, minted, kNow);
      ASSERT_FALSE(verified.has_value()) << c.name;
      EXPECT_EQ(verified.error().code(), ErrorCode::kUpstreamProtocol) << c.name;
      EXPECT_THAT(verified.error().message(), Not(HasSubstr("ghs_"))) << c.name;
    }
  }
}

TEST(VerifyMinted, AcceptsAShortLifeAndAMinuteBeyondTheHour) {
  for (const Duration life : {Duration(20s), Duration(1h), Duration(61min)}) {
    MintedToken minted = good_token();
    minted.expires_at = kNow + std::chrono::duration_cast<std::chrono::seconds>(life);
    EXPECT_TRUE(verify_minted(kById, minted, kNow).has_value());
  }
}

TEST(TokenIn, FindsATokenThatMustBeRevoked) {
  EXPECT_EQ(token_in(answer("[]", "")).reveal(), "ghs_16C7e42F292c6912E7710c838347Ae178B4a");
  for (const std::string_view body :
       {"", "{", "[]", "{}", R"({"token":7})", R"({"token":""})", R"({"token":"a\nb"})"}) {
    EXPECT_TRUE(token_in(body).empty()) << body;
  }
}

}  // namespace
}  // namespace hubwarden::github

#include "tokens/app_upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "base/time_text.h"
#include "http/fake_client.h"
#include "tests/support/fake_upstream.h"
#include "tests/support/rsa_pem.h"
#include "tests/support/run_task.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using http::ClientRequest;
using http::ClientResponse;
using http::fake_answer;
using http::Method;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::permissions;
using testing::repository;

constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};
const AppRef kApp("github.com", "123456");
const AppRef kOther("github.example.com", "17");
constexpr std::string_view kNamesRefused =
    R"({"message":"There is at least one repository that does not exist or is not accessible to the parent installation."})";

// {"id":42,"full_name":"acme/widgets"},…
std::string listed(const std::vector<std::pair<int, std::string_view>>& repositories) {
  std::string text;
  for (const auto& [id, name] : repositories) {
    if (!text.empty()) text += ",";
    text += R"({"id":)" + std::to_string(id) + R"(,"full_name":")" + std::string(name) + R"("})";
  }
  return text;
}

std::string minted(std::string_view repositories, std::string_view permission = R"("contents":"write")",
                   std::string_view token = "ghs_16C7e42F292c6912E7") {
  const std::string selection = repositories == "all" ? "all" : "selected";
  std::string text = R"({"token":")" + std::string(token) + R"(","expires_at":")" + rfc3339(kNow + 1h) +
                     R"(","permissions":{)" + std::string(permission) + R"(,"metadata":"read"},)" +
                     R"("repository_selection":")" + selection + R"(")";
  if (selection == "selected") text += R"(,"repositories":[)" + std::string(repositories) + "]";
  return text + "}";
}

RepositoryRef known(std::string_view name, std::uint64_t id) {
  return {repository(name), RepositoryId(id)};
}
RepositoryRef named(std::string_view name) {
  return {repository(name), std::nullopt};
}

Scope scope_of(std::vector<RepositoryRef> repositories, const AppRef& app = kApp) {
  return {app, InstallationId(7), *RepositorySelection::of(std::move(repositories)),
          PermissionSelection::of(permissions("contents:write"))};
}

// "acme/widgets is #42 acme/widgets", for each repository.
std::vector<std::string> told(const Minted& minted) {
  std::vector<std::string> lines;
  for (const MintedRepository& each : minted.repositories) {
    std::string line = each.asked.key() + " is ";
    each.answered.mark().append_to(line);
    lines.push_back(line + " " + each.answered.name().key());
  }
  return lines;
}

// The real Api behind a client that answers from a list.
class AppUpstreamTest : public ::testing::Test {
 protected:
  AppUpstreamTest() { upstream.add(kApp, api); }

  void answers(int status, std::string_view body) {
    script.push_back(fake_answer(status, std::string(body)));
  }
  Result<Minted> mint(const Scope& scope) {
    return test::run(upstream.mint(scope, clock.steady_now() + 10s));
  }
  std::string body(std::size_t index) const {
    return std::get<std::string>(client.requests().at(index).body);
  }
  std::string url(std::size_t index) const { return client.requests().at(index).url; }

  ManualClock clock{kNow};
  std::deque<ClientResponse> script;
  http::FakeClient client{[this](const ClientRequest&) -> Result<ClientResponse> {
    if (script.empty()) return fake_answer(599, "");
    ClientResponse next = std::move(script.front());
    script.pop_front();
    return next;
  }};
  github::ServerClock github_clock{clock};
  github::AppJwtCache jwt{*github::AppId::parse("123456"), *crypto::RsaKey::from_pem(Secret(test::rsa_pem())),
                          github_clock};
  SeededRandom span_ids{1};
  github::Api api{github::Host::github_com(), client, jwt, github_clock, span_ids};
  AppUpstream upstream{github_clock};
};

TEST_F(AppUpstreamTest, MintsByIdsWhenItKnowsThemAll) {
  answers(201, minted(listed({{42, "acme/widgets"}, {43, "acme/gadgets"}})));
  const Result<Minted> done = mint(scope_of({known("acme/widgets", 42), known("acme/gadgets", 43)}));
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_EQ(body(0), R"({"repository_ids":[42,43],"permissions":{"contents":"write"}})");
  EXPECT_EQ(done->token->reveal(), "ghs_16C7e42F292c6912E7");
  EXPECT_EQ(done->token->facts().minted_at, kNow);
  EXPECT_EQ(done->token->expires_at(), kNow + 1h);
  EXPECT_EQ(done->token->scope_text(), "acme/widgets,acme/gadgets contents:write,metadata:read");
  EXPECT_THAT(told(*done),
              ::testing::ElementsAre("acme/widgets is #42 acme/widgets", "acme/gadgets is #43 acme/gadgets"));
}

TEST_F(AppUpstreamTest, MintsByNamesUntilItKnowsEveryIdAndLearnsThem) {
  answers(201, minted(listed({{43, "acme/gadgets"}, {42, "Acme/Widgets"}})));
  const Result<Minted> done = mint(scope_of({named("acme/widgets"), known("acme/gadgets", 43)}));
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_EQ(body(0), R"({"repositories":["gadgets","widgets"],"permissions":{"contents":"write"}})");
  EXPECT_THAT(told(*done), ::testing::UnorderedElementsAre("acme/widgets is #42 acme/widgets",
                                                           "acme/gadgets is #43 acme/gadgets"));
}

TEST_F(AppUpstreamTest, BelievesTheNameWhenItAskedByNames) {
  // acme/gadgets was renamed, and its name given to a new repository.
  answers(201, minted(listed({{99, "acme/gadgets"}, {42, "acme/widgets"}})));
  const Result<Minted> done = mint(scope_of({named("acme/widgets"), known("acme/gadgets", 43)}));
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_THAT(told(*done), ::testing::Contains("acme/gadgets is #99 acme/gadgets"));
}

TEST_F(AppUpstreamTest, TellsOfANewNameWhenItAskedByIds) {
  answers(201, minted(listed({{42, "acme/gears"}})));
  const Result<Minted> done = mint(scope_of({known("acme/widgets", 42)}));
  ASSERT_TRUE(done.has_value());
  EXPECT_THAT(told(*done), ::testing::ElementsAre("acme/widgets is #42 acme/gears"));
  EXPECT_THAT(done->token->scope_text(), ::testing::StartsWith("acme/gears "));
}

TEST_F(AppUpstreamTest, MintsBesideAFormerNameByAskingForTheMissingIdsFirst) {
  answers(422, kNamesRefused);
  answers(201, minted(listed({{43, "acme/gadgets"}}), R"("metadata":"read")"));
  answers(201, minted(listed({{42, "acme/gears"}, {43, "acme/gadgets"}})));
  const Result<Minted> done = mint(scope_of({known("acme/widgets", 42), named("acme/gadgets")}));
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_EQ(body(1), R"({"repositories":["gadgets"],"permissions":{"metadata":"read"}})");
  EXPECT_EQ(body(2), R"({"repository_ids":[42,43],"permissions":{"contents":"write"}})");
  EXPECT_EQ(done->repositories.size(), 2U);
}

TEST_F(AppUpstreamTest, AsksForNoIdsWhereNoneOrAllAreKnown) {
  for (const Scope& scope : {scope_of({named("acme/widgets")}), scope_of({known("acme/widgets", 42)})}) {
    answers(422, kNamesRefused);
    EXPECT_EQ(mint(scope).error().code(), ErrorCode::kAppNotInstalled);
  }
  EXPECT_EQ(client.requests().size(), 2U);
}

TEST_F(AppUpstreamTest, KeepsTheFirstErrorWhenTheMissingIdsCannotBeHad) {
  answers(422, kNamesRefused);
  answers(503, "");
  EXPECT_EQ(mint(scope_of({known("acme/widgets", 42), named("acme/gadgets")})).error().code(),
            ErrorCode::kAppNotInstalled);
  EXPECT_EQ(client.requests().size(), 2U);
}

TEST_F(AppUpstreamTest, RevokesATokenThatLeavesOutARepository) {
  answers(201, minted(listed({{42, "acme/widgets"}})));
  answers(204, "");
  const Result<Minted> done = mint(scope_of({known("acme/widgets", 42), known("acme/gadgets", 43)}));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), ErrorCode::kUpstreamProtocol);
  EXPECT_EQ(done.error().detail(), "the token was revoked");
  ASSERT_EQ(client.requests().size(), 2U);
  EXPECT_EQ(client.requests().at(1).method, Method::kDelete);
  EXPECT_THAT(url(1), EndsWith("/installation/token"));
  EXPECT_EQ(client.requests().at(1).authorization->secret.reveal(), "ghs_16C7e42F292c6912E7");
}

TEST_F(AppUpstreamTest, NamesNoTokenInAnyError) {
  answers(201, minted(listed({{42, "acme/widgets"}})));
  answers(500, "");
  const Error error = mint(scope_of({known("acme/widgets", 42), known("acme/gadgets", 43)})).error();
  EXPECT_EQ(error.detail(), "and the token could not be revoked");
  EXPECT_THAT(error.message() + error.detail(), ::testing::Not(HasSubstr("ghs_")));
}

TEST_F(AppUpstreamTest, AsksForAllOnlyWhereAllWasAsked) {
  answers(201, minted("all"));
  const Scope all(kApp, InstallationId(7), RepositorySelection::all(), PermissionSelection::all_granted());
  const Result<Minted> done = mint(all);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(body(0), "{}");
  EXPECT_TRUE(done->repositories.empty());
  EXPECT_THAT(done->token->scope_text(), ::testing::StartsWith("* "));
}

TEST_F(AppUpstreamTest, HasNothingForAnAppThatIsNotConfigured) {
  const SteadyPoint soon = clock.steady_now() + 10s;
  EXPECT_EQ(mint(scope_of({named("acme/widgets")}, kOther)).error().code(), ErrorCode::kNotConfigured);
  EXPECT_EQ(test::run(upstream.installation_of(kOther, repository("acme/widgets"), soon)).error().code(),
            ErrorCode::kNotConfigured);
  EXPECT_EQ(test::run(upstream.is_installed_on(kOther, repository("acme/w").owner(), soon)).error().code(),
            ErrorCode::kNotConfigured);
  const TokenPtr token = testing::make_token("ghs_x", kNow, 1h);
  EXPECT_EQ(test::run(upstream.is_alive(kOther, token, soon)).error().code(), ErrorCode::kNotConfigured);
  EXPECT_TRUE(client.requests().empty());
}

TEST_F(AppUpstreamTest, FindsAnInstallationAndANewNameBehindAFormerOne) {
  answers(200, R"({"id":7,"account":{"login":"acme"},"permissions":{"contents":"write"}})");
  const SteadyPoint soon = clock.steady_now() + 10s;
  const Result<Found> plain = test::run(upstream.installation_of(kApp, repository("acme/widgets"), soon));
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->installation, InstallationId(7));
  EXPECT_EQ(plain->renamed, std::nullopt);

  http::Fields location;
  location.add("Location", "https://api.github.com/repositories/42/installation");
  script.push_back(fake_answer(301, "", location));
  answers(200, R"({"id":7,"account":{"login":"acme"},"permissions":{"contents":"write"}})");
  const Result<Found> moved = test::run(upstream.installation_of(kApp, repository("acme/old"), soon));
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(moved->renamed, RepositoryId(42));
}

TEST_F(AppUpstreamTest, TellsWhetherTheAppIsOnAnOwnerAtAll) {
  const auto asked = [this] {
    return test::run(upstream.is_installed_on(kApp, repository("acme/w").owner(), clock.steady_now() + 10s));
  };
  answers(200, R"({"id":7,"account":{"login":"acme"},"permissions":{"contents":"write"}})");
  EXPECT_TRUE(*asked());
  answers(404, R"({"message":"Not Found"})");
  answers(404, R"({"message":"Not Found"})");
  EXPECT_FALSE(*asked());
  answers(502, "");
  EXPECT_EQ(asked().error().code(), ErrorCode::kUpstreamUnavailable) << "not sure is not a no";
}

TEST_F(AppUpstreamTest, AsksWhetherATokenIsAliveWithThatToken) {
  const auto asked = [this] {
    const TokenPtr token = testing::make_token("ghs_asked", kNow, 1h);
    return test::run(upstream.is_alive(AppRef("github.com", "another"), token, clock.steady_now() + 10s));
  };
  answers(200, "{}");
  EXPECT_TRUE(*asked());
  EXPECT_EQ(client.requests().at(0).authorization->secret.reveal(), "ghs_asked");
  answers(401, R"({"message":"Bad credentials"})");
  EXPECT_FALSE(*asked());
  answers(503, "");
  EXPECT_FALSE(asked().has_value());
}

}  // namespace
}  // namespace hubwarden::tokens

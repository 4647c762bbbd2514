#include "apps/git-credential-hubwarden/question.h"

#include <gtest/gtest.h>

namespace hubwarden::git_credential {
namespace {

Settings settings(std::string_view more = "") {
  return *parse_settings(
      "address = unix:/h\nworkspace = w\nhost = github.com\nhost = ghe.example:8443\n"
      "host = http://127.0.0.1:8080\n" +
          std::string(more),
      "f");
}

wire::CredentialRequest request(std::string protocol, std::string host, std::optional<std::string> path) {
  wire::CredentialRequest made;
  made.protocol = std::move(protocol);
  made.host = std::move(host);
  made.path = std::move(path);
  return made;
}

TEST(Question, IsForARepositoryOfAConfiguredHost) {
  for (const auto* path :
       {"acme/widgets", "acme/widgets.git", "acme/widgets.git/info/lfs", "acme/widgets/info/lfs"}) {
    const auto examined = examine(request("https", "github.com", path), settings());
    ASSERT_TRUE(std::holds_alternative<Question>(examined)) << path;
    EXPECT_EQ(std::get<Question>(examined).repository.shown(), "acme/widgets");
    EXPECT_EQ(std::get<Question>(examined).host, "https://github.com");
  }
}

TEST(Question, KeepsEachHostToItsProtocolAndPort) {
  EXPECT_TRUE(
      std::holds_alternative<Question>(examine(request("https", "ghe.example:8443", "a/b"), settings())));
  EXPECT_TRUE(
      std::holds_alternative<Question>(examine(request("http", "127.0.0.1:8080", "a/b"), settings())));
  const std::pair<std::string, std::string> others[] = {
      {"http", "github.com"},      {"https", "github.com:443"},  {"https", "GitHub.com"},
      {"https", "github.com."},    {"https", "evil.example"},    {"https", "github.com.evil.example"},
      {"https", "api.github.com"}, {"https", "github.com/"},     {"https", "127.0.0.1:8080"},
      {"http", "127.0.0.1:8081"},  {"ssh", "github.com"},        {"HTTPS", "github.com"},
      {"https:", "//github.com"},  {"https", "x@github.com"},    {"cert", ""},
      {"https", "ghe.example"},    {"http", "ghe.example:8443"}, {"https", " github.com"}};
  for (const auto& [protocol, host] : others) {
    EXPECT_TRUE(std::holds_alternative<NotOurs>(examine(request(protocol, host, "a/b"), settings())))
        << protocol << " " << host;
  }
}

TEST(Question, RefusesEveryPathThatIsNotARepository) {
  for (const auto* path : {"",
                           "/",
                           "acme",
                           "acme/",
                           "/acme/widgets",
                           "acme/widgets/",
                           "acme//widgets",
                           "acme/..",
                           "acme/.",
                           "../widgets",
                           "acme/widgets/x",
                           "acme/widgets.git/info",
                           "acme/widgets?x=y",
                           "acme/widgets#x",
                           "acme/wid gets",
                           "acme/wid%2fgets",
                           "acme/widgets.git/info/lfs/",
                           "acme/widgets/info/lfs/info/lfs",
                           "-acme/widgets",
                           "acme-/widgets",

                           "acme\\w/x",
                           "acme/wid\xc3\xa4gets",
                           "acme/widgets@evil",
                           "a--b/c"}) {
    EXPECT_TRUE(std::holds_alternative<NotOurs>(examine(request("https", "github.com", path), settings())))
        << path;
  }
}

TEST(Question, NamesTheHostAsHubwardenDoes) {
  const policy::Repository repository = *policy::Repository::parse("a/b");
  for (const auto& [host, name] :
       {std::pair("https://github.com", "github.com"), std::pair("https://ghe.example:443", "ghe.example"),
        std::pair("https://ghe.example:80", "ghe.example:80"),
        std::pair("http://127.0.0.1:8080", "127.0.0.1:8080"),
        std::pair("http://localhost:80", "localhost")}) {
    EXPECT_EQ(Question(host, repository).github_host(), name);
  }
}

TEST(Question, NeedsThePath) {
  EXPECT_TRUE(
      std::holds_alternative<PathNeeded>(examine(request("https", "github.com", std::nullopt), settings())));
  EXPECT_TRUE(
      std::holds_alternative<NotOurs>(examine(request("https", "gitlab.com", std::nullopt), settings())));
}

TEST(Question, StaysWithinTheRepositoriesOfTheSettings) {
  const Settings narrow = settings("repository = Acme/Widgets\n");
  EXPECT_TRUE(
      std::holds_alternative<Question>(examine(request("https", "github.com", "acme/widgets.git"), narrow)));
  EXPECT_TRUE(
      std::holds_alternative<NotOurs>(examine(request("https", "github.com", "acme/gadgets.git"), narrow)));
}

TEST(Question, LeavesAnotherUsersNameToAnotherHelper) {
  wire::CredentialRequest asked = request("https", "github.com", "a/b");
  for (const auto& [name, is_ours] :
       {std::pair("octocat", false), std::pair("x-access-token", true), std::pair("", true)}) {
    asked.username = name;
    EXPECT_EQ(std::holds_alternative<Question>(examine(asked, settings())), is_ours) << name;
  }
}

}  // namespace
}  // namespace hubwarden::git_credential

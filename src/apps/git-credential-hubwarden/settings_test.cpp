#include "apps/git-credential-hubwarden/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::git_credential {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kLeast = "address = unix:/run/h.sock\nworkspace = agent-7\n";

TEST(Settings, HaveDefaultsForAllButTheAddressAndTheWorkspace) {
  const auto settings = parse_settings(kLeast, "f");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->address.path(), "/run/h.sock");
  EXPECT_EQ(settings->workspace.text(), "agent-7");
  EXPECT_THAT(settings->hosts, ElementsAre("https://github.com"));
  EXPECT_TRUE(settings->repositories.empty());
  EXPECT_TRUE(settings->token_file.empty());
  EXPECT_EQ(settings->ca_dir, "/etc/ssl/certs");
  EXPECT_TRUE(settings->keeps_record);
}

TEST(Settings, AreReadAsDocumented) {
  const auto settings = parse_settings(
      "# a comment\n\n  address=https://hubwarden.example:8443/ \nworkspace = w\ntoken_file = /t\nhost = "
      "github.com\n"
      "host = http://127.0.0.1:8080\nrepository = acme/widgets\nrepository=acme/Gadgets.git\n"
      "ca_file = /ca.pem\nca_dir = /d\nrecord = off",
      "f");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->address.host(), "hubwarden.example");
  EXPECT_EQ(settings->address.port(), 8443);
  EXPECT_THAT(settings->hosts, ElementsAre("https://github.com", "http://127.0.0.1:8080"));
  ASSERT_EQ(settings->repositories.size(), 2U);
  EXPECT_EQ(settings->repositories[1].key(), "acme/gadgets");
  EXPECT_FALSE(settings->keeps_record);
}

struct Wrong {
  std::string name;
  std::string line;
  std::string message;
};

class WrongSettings : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSettings, NameTheLineAndTheCause) {
  const auto settings = parse_settings(std::string(kLeast) + GetParam().line + "\n", "conf");
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().message(), HasSubstr("conf:3: "));
  EXPECT_THAT(settings.error().message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Settings, WrongSettings,
                         testing::Values(Wrong{"UnknownKey", "hosts = x", "did you mean \"host\"?"},
                                         Wrong{"Bearer", "token = hwt_x", "did you mean \"host\"?"},
                                         Wrong{"NoEquals", "record off", "not \"key = value\""},
                                         Wrong{"NoValue", "host =", "has no value"},
                                         Wrong{"Twice", "workspace = other", "stands twice"},
                                         Wrong{"AddressTwice", "address = unix:/x", "stands twice"},
                                         Wrong{"PlainHost", "host = http://github.com", "loopback"},
                                         Wrong{"HostWithPath", "host = github.com/acme", "not a host name"},
                                         Wrong{"HostWithUser", "host = me@github.com", "not a host name"},
                                         Wrong{"Repository", "repository = acme", "owner/name"},
                                         Wrong{"Record", "record = maybe", "\"on\" or \"off\""},
                                         Wrong{"RelativeFile", "token_file = token", "must start with /"},
                                         Wrong{"Control", "token_file = /a\x01", "control character"}),
                         [](const auto& wrong) { return wrong.param.name; });

TEST(Settings, NeedAnAddressAndAWorkspace) {
  EXPECT_THAT(parse_settings("workspace = w\n", "f").error().message(), HasSubstr("\"address\" is missing"));
  EXPECT_THAT(parse_settings("address = unix:/x\n", "f").error().message(),
              HasSubstr("\"workspace\" is missing"));
}

TEST(Settings, TakeNoWorkspaceThatIsNotAPlainName) {
  for (const std::string bad : {".", "../admin", "-a", "a/b", "a b", "a?x"}) {
    const auto settings = parse_settings("address = unix:/x\nworkspace = " + bad + "\n", "f");
    ASSERT_FALSE(settings);
    EXPECT_THAT(settings.error().message(), HasSubstr("f:2: not a workspace id"));
  }
}

TEST(Address, OfEachKindIsRead) {
  const auto loopback = Address::parse("http://127.0.0.1:8787");
  ASSERT_TRUE(loopback);
  EXPECT_EQ(loopback->kind(), Address::Kind::kHttp);
  EXPECT_EQ(loopback->host_field(), "127.0.0.1:8787");
  const auto six = Address::parse("http://[::1]:80");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host(), "::1");
  EXPECT_EQ(six->host_field(), "[::1]:80");
  const auto remote = Address::parse("https://hubwarden.example");
  ASSERT_TRUE(remote);
  EXPECT_EQ(remote->port(), 443);
  EXPECT_EQ(Address::parse("unix:/a b")->host_field(), "localhost");
}

TEST(Address, ThatIsNotOneIsRefused) {
  for (const std::string bad : {"",
                                "/run/h.sock",
                                "unix:",
                                "unix:run/h.sock",
                                "ftp://h",
                                "http://10.0.0.1",
                                "http://example.com",
                                "http://localhost.evil.example",
                                "http://127.evil.example",
                                "https://",
                                "https://h:0",
                                "https://h:65536",
                                "https://h:x",
                                "https://h:",
                                "https://u@h",
                                "https://h/path",
                                "https://h?q",
                                "https://h//",
                                "https://[::1",
                                "https://::1",
                                "https://[h]",
                                "https://a b",
                                "https://-h",
                                "https://h\r\nX: y"}) {
    EXPECT_FALSE(Address::parse(bad)) << bad;
  }
  EXPECT_FALSE(Address::parse("unix:/" + std::string(107, 'a')));
}

}  // namespace
}  // namespace hubwarden::git_credential

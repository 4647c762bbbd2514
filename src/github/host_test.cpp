#include "github/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hubwarden::github {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Host, IsReadFromEveryFormOfAnApiAddress) {
  const struct {
    std::string_view given, api, web, name, version;
  } cases[] = {
      {"https://api.github.com", "https://api.github.com", "https://github.com", "github.com",
       Host::kApiVersion},
      {"https://API.GitHub.com:443/", "https://api.github.com", "https://github.com", "github.com",
       Host::kApiVersion},
      {"https://github.com", "https://api.github.com", "https://github.com", "github.com", Host::kApiVersion},
      {"https://api.acme.ghe.com", "https://api.acme.ghe.com", "https://acme.ghe.com", "acme.ghe.com",
       Host::kApiVersion},
      {"https://acme.ghe.com/", "https://api.acme.ghe.com", "https://acme.ghe.com", "acme.ghe.com",
       Host::kApiVersion},
      {"https://ghe.example.com/api/v3", "https://ghe.example.com/api/v3", "https://ghe.example.com",
       "ghe.example.com", Host::kEnterpriseServerApiVersion},
      {"https://GHE.example.com:8443/api/v3/", "https://ghe.example.com:8443/api/v3",
       "https://ghe.example.com:8443", "ghe.example.com:8443", Host::kEnterpriseServerApiVersion},
      {"https://ghe.example.com", "https://ghe.example.com/api/v3", "https://ghe.example.com",
       "ghe.example.com", Host::kEnterpriseServerApiVersion},
      {"http://127.0.0.1:3000", "http://127.0.0.1:3000", "http://127.0.0.1:3000", "127.0.0.1:3000",
       Host::kApiVersion},
      {"http://localhost:3000/api/v3/", "http://localhost:3000/api/v3", "http://localhost:3000",
       "localhost:3000", Host::kApiVersion},
      {"http://[::1]:3000", "http://[::1]:3000", "http://[::1]:3000", "[::1]:3000", Host::kApiVersion},
      {"https://127.0.0.1", "https://127.0.0.1", "https://127.0.0.1", "127.0.0.1", Host::kApiVersion},
  };
  for (const auto& c : cases) {
    const Result<Host> host = Host::parse(c.given);
    ASSERT_TRUE(host.has_value()) << c.given << ": " << host.error().message();
    EXPECT_EQ(host->api(), c.api) << c.given;
    EXPECT_EQ(host->web(), c.web) << c.given;
    EXPECT_EQ(host->name(), c.name) << c.given;
    EXPECT_EQ(host->api_version(), c.version) << c.given;
  }
}

TEST(Host, RefusesWhatIsNotAnApiAddressAndSaysWhy) {
  const struct {
    std::string given;
    std::string_view says;
  } cases[] = {
      {"", "expected https://"},
      {"api.github.com", "expected https://"},
      {"https://", "host name"},
      {"ftp://api.github.com", "must begin with https"},
      {"http://api.github.com", "loopback alone"},
      {"http://ghe.example.com/api/v3", "loopback alone"},
      {"http://127.0.0.1.example.com", "host name"},
      {"http://127.0.0.1.example.com/x", "host name"},
      {"http://[::1].example.com/", "host name"},
      {"http://127.0.0.1%2eexample.com", "host name"},
      {"http://10.0.0.1", "loopback alone"},
      {"https://user:s3cr3t@ghe.example.com", "user or password"},
      {"https://ghe.example.com/api/v3?x=1", "query"},
      {"https://ghe.example.com/api/v3#x", "fragment"},
      {"https://ghe.example.com/api/v4", "HOST/api/v3"},
      {"https://ghe.example.com/api/v3/repos", "HOST/api/v3"},
      {"https://api.github.com/api/v3", "https://api.github.com"},
      {"https://api.ghe.com", "SUBDOMAIN"},
      {"https://.ghe.com", "host name"},
      {"https://a.b.ghe.com", "SUBDOMAIN"},
      {"https://api.a.b.ghe.com", "SUBDOMAIN"},
      {"https://ghe_example.com", "host name"},
      {"https://ghe.example.com.", "host name"},
      {"https://ghe.exa mple.com", "expected https://"},
      {"https://ghe.example.com\n", "expected https://"},
      {"https://" + std::string(4000, 'a'), "expected https://"},
  };
  for (const auto& c : cases) {
    const Result<Host> host = Host::parse(c.given);
    ASSERT_FALSE(host.has_value()) << c.given;
    EXPECT_EQ(host.error().code(), ErrorCode::kInvalidRequest) << c.given;
    EXPECT_EQ(host.error().fix(), Fix::kOperator) << c.given;
    EXPECT_THAT(host.error().message(), HasSubstr(c.says)) << c.given;
    EXPECT_THAT(host.error().message(), Not(HasSubstr("s3cr3t")));
  }
}

TEST(Host, FollowsARedirectOnlyBelowItsOwnApi) {
  const Host dot_com = Host::github_com();
  const Host sandbox = *Host::parse("http://127.0.0.1:3000");
  const Host server = *Host::parse("https://ghe.example.com/api/v3");
  const struct {
    const Host& host;
    std::string_view from, location, target;
  } cases[] = {
      {dot_com, "https://api.github.com/repos/a/b", "https://api.github.com/repositories/1",
       "https://api.github.com/repositories/1"},
      {dot_com, "https://api.github.com/repos/a/b", "/repositories/1?x=y#z",
       "https://api.github.com/repositories/1?x=y"},
      {dot_com, "https://api.github.com/repos/a/b", "HTTPS://API.GITHUB.COM:443/repositories/1",
       "https://api.github.com/repositories/1"},
      {dot_com, "https://api.github.com/repos/a/b", "https://api.github.com.evil.example/repositories/1", ""},
      {dot_com, "https://api.github.com/repos/a/b", "https://evil.example/repositories/1", ""},
      {dot_com, "https://api.github.com/repos/a/b", "//evil.example/repositories/1", ""},
      {dot_com, "https://api.github.com/repos/a/b", "https://api.github.com@evil.example/1", ""},
      {dot_com, "https://api.github.com/repos/a/b", "https://x@api.github.com/1", ""},
      {dot_com, "https://api.github.com/repos/a/b", "http://api.github.com/repositories/1", ""},
      {dot_com, "https://api.github.com/repos/a/b", "https://api.github.com:444/repositories/1", ""},
      {dot_com, "https://api.github.com/repos/a/b", "https://api.github.com/\r\nX: y", ""},
      {dot_com, "https://api.github.com/repos/a/b", "", ""},
      {sandbox, "http://127.0.0.1:3000/repos/a/b", "http://127.0.0.1:3000.example.com/repositories/1", ""},
      {sandbox, "http://127.0.0.1:3000/repos/a/b", "http://127.0.0.1.example.com:3000/repositories/1", ""},
      {server, "https://ghe.example.com/api/v3/repos/a/b", "https://ghe.example.com/api/v3/repositories/1",
       "https://ghe.example.com/api/v3/repositories/1"},
      {server, "https://ghe.example.com/api/v3/repos/a/b", "https://ghe.example.com/login", ""},
      {server, "https://ghe.example.com/api/v3/repos/a/b", "https://ghe.example.com/api/v3/../../login", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.host.redirected(c.from, c.location).value_or(""), c.target) << c.location;
  }
}

}  // namespace
}  // namespace hubwarden::github

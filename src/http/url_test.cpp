#include "http/url.h"

#include <gtest/gtest.h>

#include <array>

namespace hubwarden::http {
namespace {

struct Good {
  std::string_view text, host, authority;
  std::uint16_t port;
  bool is_https;
};

TEST(Url, ReadsAbsoluteHttpUrls) {
  constexpr std::array<Good, 6> kGood = {{
      {"https://api.github.com/app?x=1", "api.github.com", "api.github.com", 443, true},
      {"https://api.github.com:443", "api.github.com", "api.github.com", 443, true},
      {"http://127.0.0.1:8080/", "127.0.0.1", "127.0.0.1:8080", 8080, false},
      {"HTTP://GHES.Example.test/api/v3", "ghes.example.test", "ghes.example.test", 80, false},
      {"https://[::1]:8443/a", "[::1]", "[::1]:8443", 8443, true},
      {"http://a.test/%2e%2e/x", "a.test", "a.test", 80, false},
  }};
  for (const Good& good : kGood) {
    const Result<Url> url = Url::parse(good.text);
    ASSERT_TRUE(url) << good.text;
    EXPECT_EQ(url->text(), good.text);
    EXPECT_EQ(url->host(), good.host);
    EXPECT_EQ(url->authority(), good.authority);
    EXPECT_EQ(url->port(), good.port);
    EXPECT_EQ(url->is_https(), good.is_https);
  }
}

TEST(Url, SaysWhatIsAskedForAndWhere) {
  struct Case {
    std::string_view text, origin, target;
  };
  constexpr std::array<Case, 5> kCases = {{
      {"https://api.github.com/app?x=1", "https://api.github.com", "/app?x=1"},
      {"https://API.github.com:443", "https://api.github.com", "/"},
      {"http://127.0.0.1:8080?a=/b", "http://127.0.0.1:8080", "/?a=/b"},
      {"HTTP://[::1]/a/../b", "http://[::1]", "/a/../b"},
      {"https://a.test/?u=http://b.test/", "https://a.test", "/?u=http://b.test/"},
  }};
  for (const Case& one : kCases) {
    const Result<Url> url = Url::parse(one.text);
    ASSERT_TRUE(url) << one.text;
    EXPECT_EQ(url->origin(), one.origin);
    EXPECT_EQ(url->target(), one.target);
  }
}

TEST(Url, RefusesEverythingElse) {
  for (const std::string& bad :
       {std::string(), std::string("/app"), std::string("api.github.com/app"), std::string("ftp://a.test/"),
        std::string("file:///etc/passwd"), std::string("https://"), std::string("https:///x"),
        std::string("https://a b/"), std::string("https://user:pass@a.test/"),
        std::string("https://a.test/#f"), std::string("https://a.test:0/"),
        std::string("https://a.test:65536/"), std::string("https://a.test:x/"),
        std::string("https://a.test/\r\nX: y"), std::string("https://a.test/\0", 16),
        std::string("https://a%00.test/"), std::string("https://a.test\\@b.test/"),
        "https://a.test/" + std::string(Url::kMaxLength, 'x')}) {
    const Result<Url> url = Url::parse(bad);
    ASSERT_FALSE(url) << bad;
    EXPECT_EQ(url.error().code(), ErrorCode::kInvalidRequest);
  }
}

TEST(Url, KeepsTheQueryOutOfItsMessages) {
  const Result<Url> url = Url::parse("gopher://a.test/?token=ghs_sesame");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message().find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace hubwarden::http

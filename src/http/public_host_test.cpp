#include "http/public_host.h"

#include <gtest/gtest.h>

#include <array>

namespace hubwarden::http {
namespace {

TEST(PublicHost, IsTakenForOneUnlessItIsCertainlyNot) {
  for (const std::string_view host :
       {"token.actions.githubusercontent.com", "issuer.example.com.", "1.1.1.1", "[2606:50c0:8000::153]",
        "10.example.com", "localhost.example.com", "mylocalhost", "x-0x7f", "kubernetes.default.svc"}) {
    EXPECT_TRUE(may_be_public(host)) << host;
  }
  for (const std::string_view host : {"127.0.0.1",
                                      "10.0.0.1",
                                      "169.254.169.254",
                                      "127.0.0.1.",
                                      "[::1]",
                                      "[::ffff:10.0.0.1]",
                                      "[fd00::1]",
                                      "localhost",
                                      "localhost.",
                                      "a.localhost",
                                      "2130706433",
                                      "0x7f000001",
                                      "0x7f.1",
                                      "127.1",
                                      "0x",
                                      "example.0x7f",
                                      "1.1.1",
                                      "017700000001",
                                      "",
                                      ".",
                                      "[::1"}) {
    EXPECT_FALSE(may_be_public(host)) << host;
  }
}

TEST(PublicHost, IsReachedThroughTheProxyUnlessItIsExcepted) {
  const Url url = *Url::parse("https://issuer.example.com/keys");
  const auto goes = [&](std::string https, std::string no_proxy) {
    CurlProxy proxy;
    proxy.https = Secret(std::move(https));
    proxy.http = Secret("http://other:3128");
    proxy.no_proxy = std::move(no_proxy);
    return goes_through_proxy(proxy, url);
  };
  EXPECT_TRUE(goes("http://proxy:3128", ""));
  EXPECT_FALSE(goes("", ""));
  for (const char* excepted : {"*", "issuer.example.com", "example.com", ".example.com", "a,Example.COM",
                               "a, example.com.", "a example.com"}) {
    EXPECT_FALSE(goes("http://proxy:3128", excepted)) << excepted;
  }
  for (const char* other :
       {"ssuer.example.com", "x.issuer.example.com", "com.example", ",", "a", ".", "*,a"}) {
    EXPECT_TRUE(goes("http://proxy:3128", other)) << other;
  }
}

}  // namespace
}  // namespace hubwarden::http

#include "config/values.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::config {
namespace {

TEST(Values, ReadDurationsWithinTheirRange) {
  const Range<Duration> range{.least = 1s, .most = 1h};
  EXPECT_EQ(parse_span("30s", range), Duration(30s));
  EXPECT_EQ(parse_span("1h", range), Duration(1h));
  EXPECT_EQ(parse_span("2h", range).error(), "must be from 1s to 1h");
  EXPECT_EQ(parse_span("500ms", range).error(), "must be from 1s to 1h");
  for (const char* bad : {"", "30", "s", "-1s", "1 s", "1.5s", "99999999999999999999s"}) {
    EXPECT_FALSE(parse_span(bad, range)) << bad;
  }
}

TEST(Values, ReadSizesWithinTheirRange) {
  const Range<std::size_t> range{.least = 1024, .most = 1 << 20};
  EXPECT_EQ(parse_bytes("4096", range), 4096u);
  EXPECT_EQ(parse_bytes("32KiB", range), 32768u);
  EXPECT_EQ(parse_bytes("1MiB", range), 1048576u);
  EXPECT_EQ(parse_bytes("2MiB", range).error(), "must be from 1KiB to 1MiB");
  for (const char* bad : {"", "KiB", "1kb", "1 KiB", "-1", "18446744073709551615GiB", "1GiB"}) {
    EXPECT_FALSE(parse_bytes(bad, range)) << bad;
  }
}

TEST(Values, ReadCountsAndSwitches) {
  EXPECT_EQ(parse_count("7", {.least = 1, .most = 9}), 7u);
  EXPECT_EQ(parse_count("10", {.least = 1, .most = 9}).error(), "must be a whole number from 1 to 9");
  EXPECT_FALSE(parse_count("7x", {.least = 1, .most = 9}));
  EXPECT_EQ(parse_bool("true"), true);
  EXPECT_EQ(parse_bool("false"), false);
  for (const char* bad : {"yes", "True", "1", ""}) EXPECT_FALSE(parse_bool(bad)) << bad;
}

TEST(Values, ReadFileModesInOctal) {
  EXPECT_EQ(parse_uid("0"), 0u);
  EXPECT_EQ(parse_uid("4294967294"), 4294967294u);
  for (const char* bad : {"", "root", "-1", "4294967295", "1 "}) EXPECT_FALSE(parse_uid(bad)) << bad;
  EXPECT_EQ(parse_file_mode("0660"), 0660u);
  EXPECT_EQ(parse_file_mode("600"), 0600u);
  for (const char* bad : {"", "0990", "4755", "01777", "rw", "-1"}) EXPECT_FALSE(parse_file_mode(bad)) << bad;
}

TEST(Values, ReadWhereOthersReachHubwarden) {
  for (const char* good : {"https://hubwarden.example.com", "https://[::1]:8443", "http://hubwarden:8080",
                           "unix:/run/hubwarden/hubwarden.sock"}) {
    EXPECT_EQ(parse_own_address(good), good);
  }
  for (const char* bad :
       {"", "hubwarden", "unix:", "unix:relative.sock", "ftp://a", "https://", "https://u:p@a",
        "https://a/path", "https://a/", "https://a?b", "https://a:99999", "https://a b"}) {
    EXPECT_FALSE(parse_own_address(bad)) << bad;
  }
}

TEST(Values, ReadAddresses) {
  EXPECT_EQ(parse_tcp_address("127.0.0.1:8080"), (TcpAddress{.host = "127.0.0.1", .port = 8080}));
  EXPECT_EQ(parse_tcp_address("localhost:0"), (TcpAddress{.host = "127.0.0.1", .port = 0}));
  EXPECT_EQ(parse_tcp_address("[::1]:443"), (TcpAddress{.host = "::1", .port = 443}));
  EXPECT_TRUE(is_loopback(*parse_tcp_address("[::1]:443")));
  EXPECT_TRUE(is_loopback(*parse_tcp_address("127.8.8.8:1")));
  EXPECT_FALSE(is_loopback(*parse_tcp_address("0.0.0.0:1")));
  for (const char* bad : {"", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                          "[127.0.0.1]:80", "example.com:80", "127.0.0.1:80a", "[]:80", "127.0.0.1 :80"}) {
    EXPECT_FALSE(parse_tcp_address(bad)) << bad;
  }
}

TEST(Values, ReadApiUrls) {
  EXPECT_EQ(parse_api_url("https://api.github.com/")->name(), "github.com");
  EXPECT_EQ(parse_api_url("https://GHES.example.com:8443/api/v3")->api(),
            "https://ghes.example.com:8443/api/v3");
  EXPECT_EQ(parse_api_url("http://127.0.0.1:9000")->api(), "http://127.0.0.1:9000");
  for (const char* bad :
       {"", "api.github.com", "ftp://a", "http://api.github.com", "http://127.0.0.1.example.com",
        "http://localhost.example.com", "https://", "https:///x", "https://u:p@a.example",
        "https://a.example?x", "https://a.example#x", "https://a b", "https://a.example:0",
        "https://a.example:99999", "https://-a", "https://a%00b", "https://a_b\n"}) {
    EXPECT_FALSE(parse_api_url(bad)) << bad;
  }
}

TEST(Values, ReadHosts) {
  EXPECT_EQ(parse_host("GitHub.com")->api(), "https://api.github.com");
  EXPECT_EQ(parse_host("acme.ghe.com")->api(), "https://api.acme.ghe.com");
  EXPECT_EQ(parse_host("github.example.com:8443")->api(), "https://github.example.com:8443/api/v3");
  for (const char* bad : {"", "https://github.com", "github.com/", "a b", "u@github.com", ".", "a:b"}) {
    EXPECT_FALSE(parse_host(bad)) << bad;
  }
}

TEST(Values, ReadTheIdsOfAnApp) {
  EXPECT_EQ(parse_app_id("123456"), "123456");
  EXPECT_EQ(parse_app_id("007"), "7");
  EXPECT_EQ(parse_client_id("Iv23liABCdef"), "Iv23liABCdef");
  for (const char* bad : {"", "0", "-1", "12a", "Iv1.abc", "99999999999999999999"})
    EXPECT_FALSE(parse_app_id(bad)) << bad;
  for (const char* bad : {"", "123", "Iv1 abc", "Iv1\"", "Iv1/abc"})
    EXPECT_FALSE(parse_client_id(bad)) << bad;
}

TEST(Values, ReadNamesPathsAndVariables) {
  EXPECT_EQ(parse_app_name("acme-2"), "acme-2");
  EXPECT_FALSE(parse_app_name("Acme"));
  EXPECT_FALSE(parse_app_name(std::string(41, 'a')));
  EXPECT_EQ(parse_path("a/b"), "a/b");
  EXPECT_FALSE(parse_path(""));
  EXPECT_FALSE(parse_path(std::string_view("a\0b", 3)));
  EXPECT_EQ(parse_socket_path(std::string(107, 'a')), std::string(107, 'a'));
  EXPECT_FALSE(parse_socket_path(std::string(108, 'a')));
  EXPECT_EQ(parse_proxy("http://user:pw@proxy:3128"), "http://user:pw@proxy:3128");
  for (const char* bad : {"proxy:3128", "socks5://proxy", "http://", "http://proxy/path", ""}) {
    EXPECT_FALSE(parse_proxy(bad)) << bad;
  }
}

}  // namespace
}  // namespace hubwarden::config

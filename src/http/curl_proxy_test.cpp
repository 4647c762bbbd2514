// The way through a proxy, and round it.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <array>
#include <mutex>
#include <thread>

#include "http/curl_client.h"
#include "http/curl_fixture.h"
#include "http/test_certificates.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using testing::Connection;
using testing::ok;
using testing::ScriptServer;
using testing::TestAuthority;
using testing::TlsContext;

// A proxy that connects everyone to one port of this machine, whatever they asked for.
class Tunnel {
 public:
  explicit Tunnel(std::uint16_t target) : target_(target) {}

  void operator()(Connection& peer) {
    heads_.push_back(peer.read_head());
    const int target = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(target_);
    if (::connect(target, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      peer.write("HTTP/1.1 200 Connection established\r\nX-Proxy: mine\r\n\r\n");
      std::thread back([&peer, target] {
        char piece[4096];
        for (ssize_t count; (count = ::recv(target, piece, sizeof piece, 0)) > 0;) {
          peer.write({piece, static_cast<std::size_t>(count)});
        }
      });
      char piece[4096];
      for (std::size_t count; (count = peer.read(piece, sizeof piece)) > 0;) {
        ::send(target, piece, count, MSG_NOSIGNAL);
      }
      ::shutdown(target, SHUT_RDWR);
      back.join();
    }
    ::close(target);
  }
  std::string first() const { return heads_.empty() ? "" : heads_.front(); }

 private:
  std::uint16_t target_;
  std::vector<std::string> heads_;
};

class CurlProxyTest : public testing::CurlBothWays {
 protected:
  CurlProxyTest() { options.tls.ca_file = authority.file(); }
  static Secret address(const ScriptServer& proxy) {
    return Secret("http://user:sesame@127.0.0.1:" + std::to_string(proxy.port()));
  }

  TestAuthority authority;
  TlsContext tls = authority.context({});
  ScriptServer server{[](Connection& peer) { peer.answer_all(ok("fine")); }, tls.get()};
};

TEST_P(CurlProxyTest, TunnelsHttpsThroughTheProxy) {
  Tunnel tunnel(server.port());
  ScriptServer proxy([&tunnel](Connection& peer) { tunnel(peer); });
  options.proxy.https = address(proxy);
  ClientRequest request(Method::kGet, server.url("/secret/path"));
  request.authorization.emplace("Bearer", Secret("ghs_token"));
  const Result<ClientResponse> got = send(std::move(request));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->body, "fine");
  EXPECT_FALSE(got->fields.find("X-Proxy"));
  const std::string head = tunnel.first();
  EXPECT_TRUE(head.starts_with("CONNECT localhost:" + std::to_string(server.port()) + " HTTP/1.1\r\n"))
      << head;
  EXPECT_NE(head.find("Proxy-Authorization: Basic "), std::string::npos);
  EXPECT_EQ(head.find("ghs_token"), std::string::npos) << "the proxy saw the token";
}

TEST_P(CurlProxyTest, AsksTheProxyForHttp) {
  std::string head;
  ScriptServer proxy([&head](Connection& peer) {
    head = peer.read_head();
    peer.write(ok("from the proxy"));
  });
  options.proxy.http = address(proxy);
  const Result<ClientResponse> got = get("http://ghes.test/api/v3?a=b");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->body, "from the proxy");
  EXPECT_TRUE(head.starts_with("GET http://ghes.test/api/v3?a=b HTTP/1.1\r\n")) << head;
}

TEST_P(CurlProxyTest, GoesRoundTheProxyWhereToldTo) {
  struct Case {
    std::string_view no_proxy;
    bool direct;
  };
  constexpr std::array<Case, 7> kCases = {{{"localhost", true},
                                           {"example.test, localhost", true},
                                           {"*", true},
                                           {"", false},
                                           {"example.test", false},
                                           {"host", false},
                                           {"127.0.0.0/8", false}}};
  for (const Case& one : kCases) {
    Tunnel tunnel(server.port());
    ScriptServer proxy([&tunnel](Connection& peer) { tunnel(peer); });
    CurlOptions mine;
    mine.tls.ca_file = authority.file();
    mine.proxy.https = address(proxy);
    mine.proxy.no_proxy = one.no_proxy;
    CurlClient through(std::move(mine), clock, {loop.get_executor()});
    const Result<ClientResponse> got =
        run(whole(through, ClientRequest(Method::kGet, server.url("/")), streams));
    EXPECT_TRUE(got) << one.no_proxy << ": " << (got ? "" : got.error().message() + got.error().detail());
    EXPECT_EQ(proxy.accepted() == 0, one.direct) << one.no_proxy;
  }
}

TEST_P(CurlProxyTest, DoesNotReadTheEnvironment) {
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy"}) {
    setenv(name, "http://127.0.0.1:1", 1);
  }
  const Result<ClientResponse> got = get(server.url("/"));
  EXPECT_TRUE(got);
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy"})
    unsetenv(name);
}

TEST_P(CurlProxyTest, TellsThatTheProxyIsNotThere) {
  options.proxy.https = Secret("http://user:sesame@no-such-proxy.invalid:3128");
  const Error error = get(server.url("/")).error();
  EXPECT_EQ(error.code(), ErrorCode::kUpstreamUnavailable);
  EXPECT_TRUE(error.message().starts_with("cannot resolve the proxy on the way to localhost:"))
      << error.message();
  EXPECT_EQ((error.message() + error.detail()).find("sesame"), std::string::npos);
  EXPECT_TRUE(error.never_sent());
}

TEST_P(CurlProxyTest, TellsThatTheProxyRefuses) {
  for (const std::string_view status :
       {"403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"}) {
    ScriptServer proxy([status](Connection& peer) {
      peer.answer_all("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\n\r\n");
    });
    CurlOptions mine;
    mine.proxy.https = address(proxy);
    CurlClient through(std::move(mine), clock, {loop.get_executor()});
    const Result<ClientResponse> got =
        run(whole(through, ClientRequest(Method::kGet, server.url("/")), streams));
    ASSERT_FALSE(got) << status;
    EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamUnavailable);
    EXPECT_EQ(got.error().message(),
              "the proxy refuses the way to localhost:" + std::to_string(server.port()) + " with " +
                  std::string(status.substr(0, 3)));
    EXPECT_TRUE(got.error().never_sent());
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, CurlProxyTest, ::testing::ValuesIn(testing::kBothWays), testing::name_of_way);

}  // namespace
}  // namespace hubwarden::http

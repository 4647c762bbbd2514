// Whom a request does not reach that is for the public alone.

#include <gtest/gtest.h>

#include <string>

#include "http/curl_client.h"
#include "http/curl_fixture.h"

namespace hubwarden::http {
namespace {

using testing::Connection;
using testing::ok;
using testing::ScriptServer;

class CurlPublicTest : public testing::CurlBothWays {
 protected:
  Result<ClientResponse> ask(std::string url) {
    ClientRequest request(Method::kGet, std::move(url));
    request.public_only = true;
    return send(std::move(request));
  }
  // By a name, which somebody has to look up before it is known where it leads.
  std::string by_name() const { return "http://localhost:" + std::to_string(server.port()) + "/"; }
  static void expect_refused(const Result<ClientResponse>& got, std::string_view host) {
    ASSERT_FALSE(got) << host;
    EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamUnavailable);
    EXPECT_EQ(got.error().fix(), Fix::kOperator);
    EXPECT_EQ(got.error().message(), std::string(host) + " is at an address that is not public");
    EXPECT_EQ(got.error().detail(), "") << "no address of the own network is told";
    EXPECT_TRUE(got.error().never_sent());
  }

  ScriptServer server{[](Connection& peer) { peer.answer_all(ok("inside")); }};
};

TEST_P(CurlPublicTest, ReachesNoServerOfThisMachine) {
  expect_refused(ask(by_name()), "localhost:" + std::to_string(server.port()));
  expect_refused(ask(server.url("/")), "127.0.0.1:" + std::to_string(server.port()));
  const std::string port = std::to_string(server.port());
  for (const std::string host :
       {"127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::ffff:127.0.0.1]", "[::1]"}) {
    EXPECT_FALSE(ask("http://" + host + ":" + port + "/")) << host;
  }
  EXPECT_EQ(server.accepted(), 0) << "not even a connection is made";
  ASSERT_TRUE(get(by_name())) << "which those reach that may";
}

TEST_P(CurlPublicTest, ReachesNoneOverAConnectionOfOthers) {
  ASSERT_TRUE(get(by_name()));
  const int accepted = server.accepted();
  expect_refused(ask(by_name()), "localhost:" + std::to_string(server.port()));
  EXPECT_EQ(server.accepted(), accepted);
}

TEST_P(CurlPublicTest, LeavesTheLookUpToTheProxyWhereThereIsOne) {
  options.proxy.http = Secret(server.url(""));
  const Result<ClientResponse> got = ask("http://issuer.example.com/");
  ASSERT_TRUE(got) << got.error().message() << got.error().detail();
  EXPECT_EQ(got->body, "inside");
  for (const std::string host : {"127.0.0.1", "10.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1"}) {
    expect_refused(ask("http://" + host + "/"), host);
  }
}

TEST_P(CurlPublicTest, LooksAtAddressesThatAreNotForTheProxy) {
  ScriptServer proxy([](Connection& peer) { peer.answer_all(ok("proxy")); });
  options.proxy.http = Secret(proxy.url(""));
  options.proxy.no_proxy = "localhost";
  expect_refused(ask(by_name()), "localhost:" + std::to_string(server.port()));
  EXPECT_EQ(server.accepted(), 0);
  EXPECT_EQ(proxy.accepted(), 0);
}

TEST_P(CurlPublicTest, TakesNetworksThatAreExceptedForNames) {
  options.proxy.http = Secret(server.url(""));
  options.proxy.no_proxy = "1.1.1.0/24";
  const Result<ClientResponse> got = ask("http://1.1.1.1/");
  ASSERT_TRUE(got) << got.error().message() << got.error().detail();
  EXPECT_EQ(got->body, "inside") << "through the proxy";
}

INSTANTIATE_TEST_SUITE_P(Ways, CurlPublicTest, ::testing::ValuesIn(testing::kBothWays), testing::name_of_way);

}  // namespace
}  // namespace hubwarden::http

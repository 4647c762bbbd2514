// Whom the client trusts.

#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "http/curl_client.h"
#include "http/curl_fixture.h"
#include "http/test_certificates.h"

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;
using testing::CertificateWish;
using testing::Connection;
using testing::kHour;
using testing::ok;
using testing::ScriptServer;
using testing::TestAuthority;
using testing::TlsContext;

class CurlTlsTest : public testing::CurlBothWays {
 protected:
  CurlTlsTest() { options.tls.ca_file = authority.file(); }

  TestAuthority authority;
};

void answer_fine(Connection& peer) {
  peer.answer_all(ok("fine"));
}

TEST_P(CurlTlsTest, TrustsTheAuthorityThatItWasGiven) {
  const TlsContext tls = authority.context({});
  ScriptServer server(answer_fine, tls.get());
  for (int i = 0; i < 3; ++i) {
    const Result<ClientResponse> got = get(server.url("/"));
    ASSERT_TRUE(got) << got.error().message() << got.error().detail();
    EXPECT_EQ(got->body, "fine");
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST_P(CurlTlsTest, RefusesEveryoneElse) {
  struct Case {
    std::string_view name;
    CertificateWish wish;
    std::string_view reason;
  };
  const std::array<Case, 5> kCases = {
      {{"another host", {.names = "DNS:other.test"}, "no alternative certificate subject name matches"},
       {"self-signed", {.self_signed = true}, "self-signed certificate"},
       {"expired", {.not_before = -2 * kHour, .not_after = -kHour}, "certificate has expired"},
       {"not valid yet", {.not_before = kHour, .not_after = 2 * kHour}, "certificate is not yet valid"},
       {"an old TLS", {.max_tls = TLS1_1_VERSION}, ""}}};
  for (const Case& one : kCases) {
    std::atomic<bool> asked = false;
    const TlsContext tls = authority.context(one.wish);
    ScriptServer server([&asked](Connection& peer) { asked = !peer.read_head().empty(); }, tls.get());
    const Result<ClientResponse> got = get(server.url("/?token=sesame"));
    ASSERT_FALSE(got) << one.name;
    EXPECT_EQ(got.error().code(), ErrorCode::kUpstreamUnavailable);
    EXPECT_EQ(got.error().message(), "TLS with localhost:" + std::to_string(server.port()) + " failed");
    EXPECT_NE(got.error().detail().find(one.reason), std::string::npos) << got.error().detail();
    EXPECT_TRUE(got.error().never_sent());
    EXPECT_FALSE(asked) << one.name;
  }
}

TEST_P(CurlTlsTest, RefusesAnAuthorityThatItWasNotGiven) {
  const TestAuthority other;
  const TlsContext tls = other.context({});
  ScriptServer server(answer_fine, tls.get());
  EXPECT_EQ(get(server.url("/")).error().code(), ErrorCode::kUpstreamUnavailable);
}

TEST_P(CurlTlsTest, TrustsTheSystemsAuthoritiesUnlessToldOtherwise) {
  options.tls.ca_file.clear();
  const TlsContext tls = authority.context({});
  ScriptServer server(answer_fine, tls.get());
  const Result<ClientResponse> got = get(server.url("/"));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().detail().find("unable to get local issuer certificate"), std::string::npos)
      << got.error().detail();
}

TEST_P(CurlTlsTest, SaysThatAnAuthorityFileCannotBeRead) {
  options.tls.ca_file = "/no/such/file.pem";
  const TlsContext tls = authority.context({});
  ScriptServer server(answer_fine, tls.get());
  const Error error = get(server.url("/")).error();
  EXPECT_EQ(error.code(), ErrorCode::kUpstreamUnavailable);
  EXPECT_EQ(error.fix(), Fix::kOperator);
  EXPECT_NE(error.message().find("the CA certificates cannot be read"), std::string::npos);
  EXPECT_EQ((error.message() + error.detail()).find("/no/such"), std::string::npos) << error.detail();
}

TEST_P(CurlTlsTest, ReportsAConnectionThatIsCutInTheHandshake) {
  ScriptServer server([](Connection& peer) {
    char hello[16];
    peer.read(hello, sizeof hello);
    peer.write("not TLS at all\r\n\r\n");
  });
  const Error error = get("https://localhost:" + std::to_string(server.port()) + "/").error();
  EXPECT_EQ(error.code(), ErrorCode::kUpstreamUnavailable);
  EXPECT_TRUE(error.message().starts_with("TLS with localhost:")) << error.message();
}

TEST_P(CurlTlsTest, OpensAConnectionForEachOfTheRequestsThatOneCannotShare) {
  const TlsContext tls = authority.context({});
  std::atomic<int> arrived = 0;
  // Answers when both requests are there: one connection, used in turn, would never get so far.
  ScriptServer server(
      [&arrived](Connection& peer) {
        peer.read_head();
        ++arrived;
        while (arrived < 2) std::this_thread::yield();
        peer.write(ok("fine"));
      },
      tls.get());
  std::array<std::optional<Result<ClientResponse>>, 2> got;
  for (auto& one : got) {
    ClientRequest request(Method::kGet, server.url("/"));
    request.deadline = clock.steady_now() + 10s;
    spawn(whole(client(), std::move(request), streams), one);
  }
  run_until([&got] { return got[0] && got[1]; });
  EXPECT_TRUE(*got[0]);
  EXPECT_TRUE(*got[1]);
  arrived = 2;
}

INSTANTIATE_TEST_SUITE_P(Ways, CurlTlsTest, ::testing::ValuesIn(testing::kBothWays), testing::name_of_way);

}  // namespace
}  // namespace hubwarden::http

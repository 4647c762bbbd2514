// An issuer on this machine: reached only if the policy lets it be there, whatever its name leads to.

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "auth/issuer_keys.h"
#include "http/curl_fixture.h"
#include "http/test_certificates.h"
#include "jwt/jwt_fixture.h"
#include "net/system_timers.h"
#include "obs/capturing_log.h"

namespace hubwarden::auth {
namespace {

namespace bj = boost::json;
using http::testing::Connection;
using http::testing::CurlFixture;
using http::testing::ok;
using http::testing::ScriptServer;
using http::testing::TestAuthority;
using http::testing::TlsContext;
using hubwarden::testing::TestSigner;

class IssuerReachTest : public CurlFixture {
 protected:
  IssuerReachTest() { options.tls.ca_file = authority.file(); }

  // Its discovery document and its keys, in the order in which they are asked for.
  void serve(Connection& peer) {
    for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
      const bool is_discovery = head.find("/.well-known/openid-configuration") != std::string::npos;
      peer.write(is_discovery ? answer_to_discovery : ok(keys));
    }
  }
  std::string document() const {
    return bj::serialize(bj::object{{"issuer", server.url("")}, {"jwks_uri", server.url("/keys")}});
  }
  Result<KeySetPtr> ask(IssuerKeys::Reach reach) {
    auto asked =
        std::make_shared<IssuerKeys>(IssuerKeys::Parts{clock, timers, client(), log}, server.url(""), reach);
    return run(asked->for_token(raw, clock.steady_now() + std::chrono::seconds(20)));
  }

  TestAuthority authority;
  TlsContext tls = authority.context({});
  ScriptServer server{[this](Connection& peer) { serve(peer); }, tls.get()};
  const std::string keys = jwt::jwks_of({jwt::jwk_of(TestSigner::of(crypto::KeyType::kP256), "one")});
  std::string answer_to_discovery = ok(document());
  net::SystemTimers timers;
  obs::CapturingLog log;
  const jwt::RawJwt raw = *jwt::RawJwt::parse(jwt::JwtMaker().token());
};

TEST_F(IssuerReachTest, EndsAtTheOwnNetwork) {
  const Result<KeySetPtr> refused = ask(IssuerKeys::Reach::kPublic);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("is at an address that is not public"), std::string::npos)
      << refused.error().message();
  EXPECT_EQ(server.accepted(), 0);
}

TEST_F(IssuerReachTest, GoesOnForAnIssuerThatMayBeThere) {
  const Result<KeySetPtr> had = ask(IssuerKeys::Reach::kPrivateToo);
  ASSERT_TRUE(had) << had.error().message() << had.error().detail();
  EXPECT_EQ((*had)->size(), 1U);
}

TEST_F(IssuerReachTest, FollowsNobodyElsewhere) {
  answer_to_discovery =
      "HTTP/1.1 302 Found\r\nLocation: " + server.url("/elsewhere") + "\r\nContent-Length: 0\r\n\r\n";
  const Result<KeySetPtr> refused = ask(IssuerKeys::Reach::kPrivateToo);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "the issuer answered 302 when it was asked for its keys");
}

}  // namespace
}  // namespace hubwarden::auth

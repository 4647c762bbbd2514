#include "auth/issuer_keys.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "auth/issuer_document.h"
#include "http/fake_client.h"
#include "jwt/jwt_fixture.h"
#include "obs/capturing_log.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::auth {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;
using hubwarden::testing::TestSigner;
using hubwarden::testing::VirtualTime;
using jwt::JwtMaker;
using jwt::RawJwt;

constexpr std::string_view kDiscovery = "https://issuer.example.com/.well-known/openid-configuration";
constexpr std::string_view kKeys = "https://keys.example.com/jwks";

std::string document(std::string_view issuer, std::string_view jwks_url) {
  return bj::serialize(
      bj::object{{"issuer", issuer}, {"jwks_uri", jwks_url}, {"claims_supported", bj::array{}}});
}

class IssuerKeysTest : public ::testing::Test {
 protected:
  IssuerKeysTest() : client([this](const http::ClientRequest& request) { return answer(request); }) {}

  Result<http::ClientResponse> answer(const http::ClientRequest& request) {
    if (trouble) return std::unexpected(*trouble);
    return http::fake_answer(status, request.url == kDiscovery ? discovery : jwks);
  }

  Result<KeySetPtr> ask(const RawJwt& raw) {
    return time.run(keys->for_token(raw, time.clock().steady_now() + 10s));
  }
  net::Task<> ask_into(std::vector<Result<KeySetPtr>>& all) {
    net::Task<Result<KeySetPtr>> asking = keys->for_token(known, time.clock().steady_now() + 10s);
    Result<KeySetPtr> got = co_await std::move(asking);
    all.push_back(std::move(got));
  }
  static RawJwt token_with_key(std::string_view id) {
    JwtMaker maker(crypto::SignatureAlgorithm::kEs256);
    maker.header["kid"] = id;
    return *RawJwt::parse(maker.token());
  }
  static std::string keys_named(std::initializer_list<std::string_view> ids) {
    bj::array list;
    for (const std::string_view id : ids)
      list.push_back(jwt::jwk_of(TestSigner::of(crypto::KeyType::kP256), id));
    return jwt::jwks_of(list);
  }
  std::size_t requests() const { return client.requests().size(); }

  VirtualTime time{jwt::kNow};
  obs::CapturingLog log;
  std::optional<Error> trouble;
  int status = 200;
  std::string discovery = document(jwt::kIssuer, kKeys);
  std::string jwks = keys_named({"one"});
  http::FakeClient client;
  std::shared_ptr<IssuerKeys> keys = std::make_shared<IssuerKeys>(
      IssuerKeys::Parts{time.clock(), time, client, log}, std::string(jwt::kIssuer));
  const RawJwt known = token_with_key("one");
  const RawJwt unknown = token_with_key("two");
};

TEST_F(IssuerKeysTest, AreAskedForOnceAnHour) {
  ASSERT_TRUE(ask(known));
  ASSERT_EQ(requests(), 2U);
  EXPECT_EQ(client.requests()[0].url, kDiscovery);
  EXPECT_EQ(client.requests()[1].url, kKeys);
  time.advance(59min);
  ASSERT_TRUE(ask(known));
  EXPECT_EQ(requests(), 2U);
  time.advance(1min);
  ASSERT_TRUE(ask(known));
  EXPECT_EQ(requests(), 4U);
}

TEST_F(IssuerKeysTest, AreAskedForOnceForAllWhoWait) {
  client.delay_with([this] { return net::sleep_until(time, time.clock().steady_now() + 1s); });
  std::vector<Result<KeySetPtr>> all;
  for (int i = 0; i < 50; ++i) time.spawn(ask_into(all));
  time.advance(10s);
  ASSERT_EQ(all.size(), 50U);
  for (const auto& got : all) EXPECT_TRUE(got);
  EXPECT_EQ(requests(), 2U);
}

TEST_F(IssuerKeysTest, AreAskedForAgainForAKeyThatIsNotAmongThemButNotTooOften) {
  ASSERT_TRUE(ask(known));
  ASSERT_TRUE(ask(unknown)) << "what is known; the verification refuses the token";
  EXPECT_EQ(requests(), 2U) << "they have just been asked for";
  time.advance(30s);
  jwks = keys_named({"one", "two"});
  const Result<KeySetPtr> rotated = ask(unknown);
  ASSERT_TRUE(rotated);
  EXPECT_TRUE(unknown.has_key_in(**rotated));
  EXPECT_EQ(requests(), 4U);
  for (int i = 0; i < 60; ++i) {
    time.advance(1s);
    ASSERT_TRUE(ask(token_with_key("forged " + std::to_string(i))));
  }
  EXPECT_LE(requests(), 8U);
}

TEST_F(IssuerKeysTest, GoOnWhileTheIssuerIsAway) {
  ASSERT_TRUE(ask(known));
  trouble = Error(ErrorCode::kUpstreamUnavailable, "no route");
  time.advance(2h);
  EXPECT_TRUE(ask(known));
  time.advance(21h);
  EXPECT_TRUE(ask(known));
  EXPECT_TRUE(ask(unknown)) << "in the pause";
  time.advance(1h);
  EXPECT_FALSE(ask(known)) << "nobody knows any more whether they are still the issuer's";
  trouble.reset();
  time.advance(30s);
  EXPECT_TRUE(ask(known));
}

TEST_F(IssuerKeysTest, AreNotAskedForInARowWhenThatFails) {
  trouble = Error(ErrorCode::kUpstreamUnavailable, "no route");
  ASSERT_FALSE(ask(known));
  EXPECT_EQ(requests(), 1U);
  time.advance(10s);
  const Result<KeySetPtr> refused = ask(known);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUpstreamUnavailable);
  EXPECT_EQ(refused.error().message(), "no route");
  EXPECT_EQ(refused.error().retry_after(), 20s);
  EXPECT_EQ(requests(), 1U);
  EXPECT_EQ(log.count("issuer.keys_not_had"), 1U);
}

TEST_F(IssuerKeysTest, KeepNobodyWaitingBeyondHisDeadline) {
  client.delay_with([this] { return net::sleep_until(time, time.clock().steady_now() + 2s); });
  const Result<KeySetPtr> late = time.run(keys->for_token(known, time.clock().steady_now() + 1s));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kUpstreamTimeout);
  time.advance(10s);
  ASSERT_TRUE(ask(known)) << "what was asked has been answered since";
  EXPECT_EQ(requests(), 2U);
}

TEST_F(IssuerKeysTest, AreTakenFromTheIssuersOwnWordAlone) {
  const std::string_view issuer = jwt::kIssuer;
  const struct {
    std::string document;
    std::string_view says;
  } cases[] = {
      {document("https://evil.example.com", kKeys), "another issuer's"},
      {document(std::string(issuer) + "/", kKeys), "another issuer's"},
      {document(issuer, "http://keys.example.com/jwks"), "by https"},
      {document(issuer, "file:///etc/passwd"), "by https"},
      {document(issuer, ""), "by https"},
      {document(issuer, "https://user@keys.example.com/jwks"), "by https"},
      {"{}", "another issuer's"},
      {"[]", "no JSON object"},
      {"<html>", "no JSON object"},
      {R"({"issuer":"https://issuer.example.com","issuer":"x","jwks_uri":"https://a"})", "twice"},
      {std::string(kMaxDiscovery + 1, ' '), "64 KiB"},
  };
  for (const auto& c : cases) {
    discovery = c.document;
    const Result<KeySetPtr> refused = ask(known);
    ASSERT_FALSE(refused) << c.document.substr(0, 100);
    EXPECT_EQ(refused.error().code(), ErrorCode::kUpstreamProtocol);
    EXPECT_NE(refused.error().message().find(c.says), std::string::npos) << refused.error().message();
    time.advance(30s);
  }
  EXPECT_EQ(requests(), std::size(cases)) << "nothing else is asked of anybody";
}

TEST_F(IssuerKeysTest, AreNoneInAnAnswerThatIsNotOne) {
  status = 302;
  EXPECT_FALSE(ask(known)) << "redirects are not followed";
  time.advance(30s);
  status = 200;
  jwks = "{}";
  EXPECT_FALSE(ask(known));
}

TEST_F(IssuerKeysTest, AreAskedForInPublicUnlessThePolicySaysOtherwise) {
  ASSERT_TRUE(ask(known));
  EXPECT_TRUE(client.requests()[0].public_only);
  EXPECT_TRUE(client.requests()[1].public_only) << "wherever the issuer says that they are";
  keys = std::make_shared<IssuerKeys>(IssuerKeys::Parts{time.clock(), time, client, log},
                                      std::string(jwt::kIssuer), IssuerKeys::Reach::kPrivateToo);
  ASSERT_TRUE(ask(known));
  EXPECT_FALSE(client.requests()[2].public_only);
  EXPECT_FALSE(client.requests()[3].public_only);
}

TEST_F(IssuerKeysTest, AreNotAskedForWithoutTls) {
  keys = std::make_shared<IssuerKeys>(IssuerKeys::Parts{time.clock(), time, client, log},
                                      "http://issuer.example.com", IssuerKeys::Reach::kPrivateToo);
  EXPECT_FALSE(ask(known));
  EXPECT_EQ(requests(), 0U);
}

TEST_F(IssuerKeysTest, SayWhichWereLeftOut) {
  bj::array list = {jwt::jwk_of(TestSigner::of(crypto::KeyType::kP256), "one"), bj::object{{"kid", "odd"}}};
  jwks = jwt::jwks_of(list);
  ASSERT_TRUE(ask(known));
  EXPECT_EQ(log.count("issuer.key_left_out"), 1U);
}

}  // namespace
}  // namespace hubwarden::auth

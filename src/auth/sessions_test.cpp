#include "auth/sessions.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <memory>
#include <string>

#include "jwt/jwt_fixture.h"
#include "rules/rules_fixture.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::auth {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;
using hubwarden::testing::TestSigner;
using hubwarden::testing::VirtualTime;
using jwt::JwtMaker;

class NoKeys final : public KeySource {
 public:
  net::Task<Result<KeySetPtr>> for_token(const jwt::RawJwt&, SteadyPoint) override {
    co_return fail(ErrorCode::kUpstreamUnavailable, "the issuer is away");
  }
};

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() {
    rules::Rule rule = rules::rule_of("bots", rules::who_of("cluster-a", {{"namespace", "agents"}}),
                                      {"acme/*"}, {rules::may_do({"read"})});
    rule.session.agent = "{service_account}";
    rule.session.ttl = 10min;
    authority->rules = *rules::RuleBook::make({rule}, {});
    const bj::array published = {jwt::jwk_of(TestSigner::of(crypto::KeyType::kRsa), "RS256")};
    trust(std::make_shared<FixedKeys>(*jwt::KeySet::parse(jwt::jwks_of(published))));
    set_kubernetes(maker, "agents");
  }

  void trust(std::shared_ptr<KeySource> keys) {
    const jwt::Expected expected{std::string(jwt::kIssuer), std::string(jwt::kAudience)};
    authority->issuers.insert_or_assign(std::string(jwt::kIssuer),
                                        TrustedIssuer("cluster-a", expected, std::move(keys)));
  }
  static void set_kubernetes(JwtMaker& maker, std::string_view space) {
    maker.claims["kubernetes.io"] =
        bj::object{{"namespace", space}, {"serviceaccount", bj::object{{"name", "review-bot"}}}};
  }
  static SessionTokens tokens() {
    std::vector<Secret> materials;
    materials.emplace_back("a secret");
    return SessionTokens(materials);
  }
  Result<OpenedSession> open(Secret token) {
    return time.run(sessions.open(authority, std::move(token), time.clock().steady_now() + 10s));
  }
  std::string refusal(Secret token) {
    const Result<OpenedSession> opened = open(std::move(token));
    if (opened) return "opened";
    return std::string(to_string(opened.error().code())) + ": " + opened.error().message();
  }

  VirtualTime time{jwt::kNow};
  SeededRandom random{1};
  MemoryUsedTokens used{time.clock()};
  std::shared_ptr<Authority> authority = std::make_shared<Authority>();
  Sessions sessions{{time.clock(), random, used}, tokens()};
  JwtMaker maker;
};

TEST_F(SessionsTest, AreOpenedForWhoShowsAGoodToken) {
  const Result<OpenedSession> opened = open(maker.token());
  ASSERT_TRUE(opened) << opened.error().message();
  const Session& session = opened->session;
  EXPECT_EQ(session.agent, "review-bot");
  EXPECT_EQ(session.caller.issuer, "cluster-a");
  EXPECT_EQ(*session.caller.attributes.single("namespace"), "agents");
  EXPECT_EQ(session.expires_at, jwt::kNow + 10min);
  EXPECT_EQ(session.renewable_until, jwt::kNow + 10min) << "the JWT's own end";
  const Result<Session> read = sessions.read(opened->token);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, session);
  time.advance(11min);
  EXPECT_FALSE(sessions.read(opened->token));
}

TEST_F(SessionsTest, AreOpenedOnceForEachToken) {
  const Secret token = maker.token();
  EXPECT_EQ(refusal(token.clone()), "opened");
  EXPECT_EQ(refusal(token.clone()).find("unauthenticated: the JWT has begun a session before"), 0U);
  maker.claims["jti"] = "another";
  EXPECT_EQ(refusal(maker.token()), "opened");
}

TEST_F(SessionsTest, AreNotOpenedForOthers) {
  EXPECT_EQ(refusal(Secret("nonsense")), "unauthenticated: the JWT has not three parts");
  JwtMaker stranger;
  stranger.claims["iss"] = "https://evil.example.com";
  EXPECT_EQ(refusal(stranger.token()), "unauthenticated: the JWT is of an issuer that is not trusted here");
  JwtMaker forged;
  static const TestSigner other(crypto::KeyType::kRsa);
  forged.signer = &other;
  EXPECT_EQ(refusal(forged.token()), "unauthenticated: the JWT has a signature that is not its issuer's");
  JwtMaker elsewhere;
  set_kubernetes(elsewhere, "other");
  EXPECT_EQ(refusal(elsewhere.token()), "forbidden: no rule is for this caller");
}

TEST_F(SessionsTest, LeaveATokenUnusedThatTheyRefuse) {
  JwtMaker elsewhere;
  set_kubernetes(elsewhere, "other");
  const Secret token = elsewhere.token();
  EXPECT_EQ(refusal(token.clone()), "forbidden: no rule is for this caller");
  auto wider = std::make_shared<Authority>(*authority);
  wider->rules = *rules::RuleBook::make(
      {rules::rule_of("all", rules::who_of("cluster-a", {}), {"acme/*"}, {rules::may_do({"read"})})}, {});
  authority = wider;
  EXPECT_EQ(refusal(token.clone()), "opened");
}

TEST_F(SessionsTest, AreNotOpenedWithoutTheIssuersKeys) {
  trust(std::make_shared<NoKeys>());
  EXPECT_EQ(refusal(maker.token()), "upstream_unavailable: the issuer is away");
}

TEST(UsedTokens, AreRememberedUntilTheyEnd) {
  VirtualTime time{jwt::kNow};
  MemoryUsedTokens used(time.clock());
  const crypto::Digest digest = crypto::sha256("a token");
  EXPECT_TRUE(time.run(used.is_first(digest, jwt::kNow + 1min)));
  EXPECT_FALSE(time.run(used.is_first(digest, jwt::kNow + 1min)));
  EXPECT_TRUE(time.run(used.is_first(crypto::sha256("another"), jwt::kNow + 1min)));
  time.advance(1min);
  EXPECT_TRUE(time.run(used.is_first(digest, jwt::kNow + 2min)));
}

TEST(UsedTokens, AreRefusedWhenThereAreTooManyAndNotForgotten) {
  VirtualTime time{jwt::kNow};
  MemoryUsedTokens used(time.clock());
  for (std::size_t i = 0; i < MemoryUsedTokens::kMax; ++i) {
    ASSERT_TRUE(time.run(used.is_first(crypto::sha256(std::to_string(i)), jwt::kNow + 1min)));
  }
  EXPECT_FALSE(time.run(used.is_first(crypto::sha256("one more"), jwt::kNow + 1min)));
  EXPECT_FALSE(time.run(used.is_first(crypto::sha256("7"), jwt::kNow + 1min)));
  time.advance(1min);
  EXPECT_TRUE(time.run(used.is_first(crypto::sha256("one more"), jwt::kNow + 2min)));
}

}  // namespace
}  // namespace hubwarden::auth

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
    return time.run(sessions.open(std::move(token), time.clock().steady_now() + 10s));
  }
  // Who is behind a token, by a policy of one rule.
  Result<SessionPtr> by_rule(const Secret& token, const rules::Rule& rule) {
    auto other = std::make_shared<Authority>(*authority);
    other->rules = *rules::RuleBook::make({rule}, {});
    return Sessions({time.clock(), random, used, revoked}, other, tokens()).authenticate(token.reveal());
  }
  std::string refusal(Secret token) {
    const Result<OpenedSession> opened = open(std::move(token));
    if (opened) return "opened";
    return std::string(to_string(opened.error().code())) + ": " + opened.error().message();
  }

  VirtualTime time{jwt::kNow};
  SeededRandom random{1};
  MemoryUsedTokens used{time.clock()};
  RevocationIndex revoked;
  std::shared_ptr<Authority> authority = std::make_shared<Authority>(
      rules::Grant::of_operator(std::make_shared<const catalogue::OperationSet>()));
  Sessions sessions{{time.clock(), random, used, revoked}, authority, tokens()};
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
  const Result<SessionPtr> who = sessions.authenticate(opened->token.reveal());
  ASSERT_TRUE(who);
  EXPECT_EQ(*(*who)->session(), session);
  EXPECT_EQ(sessions.authenticate(opened->token.reveal())->get(), who->get()) << "verified once";
  time.advance(11min);
  EXPECT_EQ(sessions.authenticate(opened->token.reveal()).error().code(), ErrorCode::kUnauthenticated);
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
  authority->rules = *rules::RuleBook::make(
      {rules::rule_of("all", rules::who_of("cluster-a", {}), {"acme/*"}, {rules::may_do({"read"})})}, {});
  EXPECT_EQ(refusal(token.clone()), "opened");
}

TEST_F(SessionsTest, AreNotOpenedWithoutTheIssuersKeys) {
  trust(std::make_shared<NoKeys>());
  EXPECT_EQ(refusal(maker.token()), "upstream_unavailable: the issuer is away");
}

TEST_F(SessionsTest, AreOpenedAgainForIssuersWhoseTokensMayRepeat) {
  authority->issuers.begin()->second.may_repeat = true;
  const Secret token = maker.token();
  EXPECT_EQ(refusal(token.clone()), "opened");
  EXPECT_EQ(refusal(token.clone()), "opened");
}

TEST_F(SessionsTest, MayWhatThePolicySaysThatIsInForceWhereTheyAsk) {
  const Result<OpenedSession> opened = open(maker.token());
  const rules::Who bots = rules::who_of("cluster-a", {{"namespace", "agents"}});
  const rules::Ask ask = rules::ask_to("repos/get", "acme/widgets");
  const auto verdict = [&](const Result<SessionPtr>& who) {
    return (*who)->grant(*authority).decide(ask).verdict;
  };
  EXPECT_EQ(verdict(sessions.authenticate(opened->token.reveal())), rules::Verdict::kAllow);
  const rules::Rule other = rules::rule_of("bots", bots, {"acme/gadgets"}, {rules::may_do({"read"})});
  EXPECT_EQ(verdict(by_rule(opened->token, other)), rules::Verdict::kRefuse);
}

TEST_F(SessionsTest, AreRenewedByTheRulesOfThatMoment) {
  const Result<OpenedSession> opened = open(maker.token());
  const rules::Who bots = rules::who_of("cluster-a", {{"namespace", "agents"}});
  rules::Rule rule = rules::rule_of("bots", bots, {"acme/*"}, {rules::may_do({"read"})});
  rule.session.agent = "another";
  rule.session.ttl = 3min;
  time.advance(5min);
  auto other = std::make_shared<Authority>(*authority);
  other->rules = *rules::RuleBook::make({rule}, {});
  const Sessions later({time.clock(), random, used, revoked}, other, tokens());
  const Result<OpenedSession> renewed = later.renew(**later.authenticate(opened->token.reveal()));
  ASSERT_TRUE(renewed) << renewed.error().message();
  EXPECT_EQ(renewed->session.id, opened->session.id);
  EXPECT_EQ(renewed->session.agent, "another");
  EXPECT_EQ(renewed->session.expires_at, jwt::kNow + 8min);
  EXPECT_EQ(renewed->session.renewable_until, opened->session.renewable_until);
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

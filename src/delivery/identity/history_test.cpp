// Random histories of sessions, grants, tokens, reloads, revocations and time: whatever the caches hold by
// then, nobody has an answer that hubwarden would not give if it had just begun.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "delivery/delivery_fixture.h"
#include "delivery/identity/capability_routes.h"
#include "delivery/identity/grant_routes.h"
#include "delivery/identity/session_routes.h"
#include "delivery/token/token_routes.h"
#include "jwt/jwt_fixture.h"
#include "rules/rules_fixture.h"
#include "store/fake_revocation_records.h"
#include "tests/support/fake_revoker.h"
#include "tokens/memory_shared_cache.h"
#include "tokens/memory_shared_ends.h"
#include "tokens/withdrawer.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Answered;
using testing::FakeRequest;

const std::vector<std::string> kNames = {"acme/a", "acme/b", "acme/c"};

// Between GitHub and the routes: what a replica remembers of tokens.
struct Memory {
  Memory(testing::VirtualTime& time, Random& random, testing::FakeUpstream& github,
         tokens::SharedCache& shared, const tokens::Stops& stops)
      : engine({time.clock(), time, random, github, shared, events}, tokens::EngineOptions{}),
        lookup({time.clock(), time, random, github, places}, {tokens::AppRef("github.com", "1")}, 1000),
        service(time.clock(), time, {{lookup, engine, github}}, nullptr) {
    engine.teach(lookup.learner());
    engine.heed(stops, [](const tokens::Scope&, const tokens::TokenPtr&) {});
    service.heed(stops);
  }

  tokens::EngineEvents events;
  tokens::NoSharedPlaces places;
  tokens::TokenEngine engine;
  tokens::Lookup lookup;
  tokens::TokenService service;
};

class HistoryTest : public DeliveryTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  // All that one policy decides by, with what it has seen of sessions so far.
  struct Front {
    Front(HistoryTest& world, auth::AuthorityPtr by, Memory& memory, const auth::RevocationIndex& revoked)
        : sessions({world.time.clock(), world.random, world.used, revoked}, by, the_tokens()),
          gate({world.admin, world.workspaces, world.handles, sessions, revoked, world.throttle}, by),
          opening(
              {world.time.clock(), gate, sessions, world.throttle, world.recorder, world.log, world.metrics},
              10s),
          grants({gate, sessions, world.recorder, world.log}),
          abilities(gate),
          tokens({world.time.clock(), gate, memory.service, world.rule_budgets, world.holders, world.recorder,
                  world.log, world.metrics},
                 TokenDefaults()) {}

    auth::Sessions sessions;
    Gate gate;
    SessionRoutes opening;
    GrantRoutes grants;
    CapabilityRoutes abilities;
    TokenRoutes tokens;
  };

  HistoryTest() : choose_(GetParam()) {
    time.spawn(ends.run());
    reload();
  }
  ~HistoryTest() override { time.run(stop()); }
  net::Task<bool> stop() {
    co_await ends.stop();
    co_return true;
  }

  static auth::SessionTokens the_tokens() {
    std::vector<Secret> materials;
    materials.emplace_back("a secret for sessions");
    return auth::SessionTokens(materials);
  }

  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(choose_);
  }
  template <class T>
  const T& one_of(const std::vector<T>& of) {
    return of[below(of.size())];
  }
  struct Credential {
    std::string id;
    std::string bearer;
    bool is_grant;
  };
  // The others have mostly ended.
  const Credential& recent_one() {
    return credentials[credentials.size() - 1 - below(std::min<std::size_t>(credentials.size(), 4))];
  }
  static Answered answered(testing::VirtualTime& time, http::Reply reply) {
    return Answered(time.run(testing::settled(std::move(reply))));
  }

  rules::Rule random_rule(std::size_t number) {
    const std::vector<std::string> who = {"acme/*", "acme/a", "acme/b"};
    const std::vector<std::vector<std::string>> where = {
        {"{repository}"}, {"acme/*"}, {"acme/*", "!acme/b"}, {"acme/c"}};
    const std::vector<std::string> permissions = {"contents:read", "contents:write",
                                                  "issues:read,contents:read"};
    const std::vector<std::vector<std::string>> operations = {
        {"read"}, {"write"}, {"issues/create", "repos/get"}};
    std::vector<rules::Allowance> may = {rules::may_do(one_of(operations))};
    if (below(3) > 0) may.push_back(rules::may_have(one_of(permissions)));
    if (may.size() == 2 && below(4) == 0) may.back().ttl = 10min;
    rules::Rule rule = rules::rule_of("rule " + std::to_string(number),
                                      rules::who_of("ci", {{"repository", one_of(who)}}), one_of(where), may);
    rule.session.agent = "builder of {repository}";
    return rule;
  }

  // Another policy takes the place of the present one.
  void reload() {
    std::vector<rules::Rule> rules;
    const std::size_t count = 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) rules.push_back(random_rule(i));
    rules::Ceiling ceiling;
    if (below(3) == 0) ceiling.permissions = *policy::PermissionSet::parse("contents:read,issues:write");
    auto next = std::make_shared<auth::Authority>(*authority);
    next->rules = *rules::RuleBook::make(std::move(rules), std::move(ceiling));
    const boost::json::array published = {
        jwt::jwk_of(testing::TestSigner::of(crypto::KeyType::kRsa), "RS256")};
    const jwt::Expected expected{std::string(jwt::kIssuer), std::string(jwt::kAudience)};
    auto keys = std::make_shared<auth::FixedKeys>(*jwt::KeySet::parse(jwt::jwks_of(published)));
    next->issuers.insert_or_assign(std::string(jwt::kIssuer),
                                   auth::TrustedIssuer("ci", expected, std::move(keys)));
    present = next;
    warm = std::make_unique<Front>(*this, present, memory, revocations_.index());
  }

  void open_session() {
    const auto now = std::chrono::floor<std::chrono::seconds>(time.clock().now() - kStart);
    maker.claims["jti"] = std::to_string(++opened);
    maker.claims["repository"] = one_of(kNames);
    maker.claims["iat"] = jwt::JwtMaker::in(now);
    maker.claims["nbf"] = jwt::JwtMaker::in(now);
    maker.claims["exp"] = jwt::JwtMaker::in(now + 30min);
    FakeRequest request(http::Method::kPost);
    const Secret jwt = maker.token();
    request.bearer(jwt.reveal());
    keep(answered(time, warm->opening.open(request)));
  }

  void cut_grant() {
    if (credentials.empty()) return;
    const std::vector<std::string> wishes = {
        R"("operations": ["read"])", R"("permissions": "contents:read")",
        R"("operations": ["write"], "permissions": "contents:write,issues:write")"};
    FakeRequest request(http::Method::kPost, "/",
                        R"({"repositories": [")" + one_of(kNames) + R"(", ")" + one_of(kNames) + R"("], )" +
                            one_of(wishes) + "}");
    request.add("Content-Type", "application/json").bearer(recent_one().bearer);
    keep(answered(time, warm->grants.cut(request)));
  }

  void keep(const Answered& answer) {
    if (answer.status != 201) return;
    credentials.push_back({answer.text("id"), answer.text("token"), answer.json().contains("repositories")});
  }

  void revoke() {
    const std::size_t kind = below(9);
    std::optional<auth::RevocationWish> wish;
    if (kind == 0 && !credentials.empty()) {
      const Credential& which = recent_one();
      wish.emplace(which.is_grant ? store::RevokedKind::kGrant : store::RevokedKind::kSession, which.id);
    } else if (kind == 1) {
      wish.emplace(store::RevokedKind::kAgent, "builder of " + one_of(kNames));
    } else if (kind == 2) {
      wish.emplace(store::RevokedKind::kAll, "");
    } else {
      wish.emplace(store::RevokedKind::kRepository, one_of(kNames));
      wish->host = "github.com";
    }
    const auto stands = time.run(revocations_.revoke(*std::move(wish)));
    ASSERT_TRUE(stands);
    if (stands->kind != store::RevokedKind::kSession && stands->kind != store::RevokedKind::kGrant) {
      liftable.push_back(stands->id);
    }
    // Half of the time it is not carried out before somebody asks again.
    if (below(2) == 0) withdraw(*stands);
  }

  void withdraw(const store::Revocation& revocation) {
    const auto stop = tokens::Stop::of(revocation);
    std::vector<tokens::TokenPtr> in_hands;
    for (const tokens::HeldToken& each : holders.of(revocation)) in_hands.push_back(each.token);
    time.run(withdrawer.withdraw([&stop](const tokens::Scope& scope) { return stop && stop->covers(scope); },
                                 std::move(in_hands)));
  }

  void lift() {
    if (liftable.empty()) return;
    const store::RevocationId which = one_of(liftable);
    ASSERT_TRUE(time.run(revocations_.lift(which)));
    std::erase(liftable, which);  // what was revoked twice stands once
  }

  std::string random_query() {
    const std::vector<std::string> more = {"", "&permissions=contents:read", "&permissions=contents:write",
                                           "&permissions=issues:read", "&min_ttl=20m"};
    return "repo=" + one_of(kNames) + one_of(more);
  }
  static Answered token(testing::VirtualTime& time, Front& front, const std::string& bearer,
                        const std::string& query) {
    FakeRequest request(http::Method::kGet, "/?" + query);
    request.bearer(bearer);
    return answered(time, front.tokens.get_for_session(request));
  }
  static Answered explained(testing::VirtualTime& time, Front& front, const std::string& bearer,
                            const std::string& body) {
    FakeRequest request(http::Method::kPost, "/", body);
    request.add("Content-Type", "application/json").bearer(bearer);
    return answered(time, front.abilities.explain(request));
  }

  // The same question to a hubwarden that has just begun: nothing in memory but what the records say.
  void ask() {
    if (credentials.empty()) return;
    // Mostly what was given before: that has the short ways.
    if (!was_given || below(8) == 0) {
      bearer = recent_one().bearer;
      query = random_query();
    }
    auth::RevocationIndex index;
    tokens::Stops stops_of_cold;
    for (const auto& [id, revocation] : records_.revocations) {
      index.apply(id, revocation);
      stops_of_cold.apply(id, revocation);
    }
    tokens::Alone nobody;
    Memory cold_memory(time, random, github, nobody, stops_of_cold);
    Front cold(*this, present, cold_memory, index);

    const Answered got = token(time, *warm, bearer, query);
    const Answered wanted = token(time, cold, bearer, query);
    ASSERT_EQ(got.status, wanted.status) << query << "\n" << got.body << wanted.body;
    was_given = got.status == 200;
    ++(was_given ? answers_given : answers_refused);
    if (got.status == 200) {
      const std::string value = got.text("token");
      ASSERT_EQ(github.scopes.at(value), github.scopes.at(wanted.text("token"))) << query;
      ASSERT_FALSE(revoker.when.contains(value)) << "GitHub takes it no more";
    }
    const std::string body = R"({"repository": ")" + one_of(kNames) + R"(", "operation": "issues/create"})";
    ASSERT_EQ(explained(time, *warm, bearer, body).body, explained(time, cold, bearer, body).body);
  }

  void step() {
    switch (below(16)) {
      case 0: return reload();
      case 1:
      case 2: return open_session();
      case 3: return cut_grant();
      case 4: return revoke();
      case 5:
      case 6: return lift();
      case 7: return time.advance(std::chrono::minutes(1 + below(8)));
      default: return ask();
    }
  }

  std::mt19937 choose_;
  store::FakeRevocationRecords records_;
  tokens::Stops stops;
  auth::Revocations revocations_{
      {records_, records_, time.clock(), random},
      [this](store::RevocationId id, const std::optional<store::Revocation>& now) { stops.apply(id, now); }};
  tokens::MemorySharedCache shared{time.clock(), time};
  Memory memory{time, random, github, shared, stops};
  testing::FakeRevoker revoker{time};
  tokens::MemorySharedEnds list;
  tokens::EndEvents told;
  tokens::TokenEnds ends{{time.clock(), time, random, revoker, list, told}, "github.com"};
  tokens::Withdrawer withdrawer{{time.clock(), time, memory.engine, ends}, tokens::AppRef("github.com", "1")};
  std::shared_ptr<const auth::Authority> present;
  std::unique_ptr<Front> warm;
  jwt::JwtMaker maker;
  std::string bearer;  // that asked last, and for what
  std::string query;
  bool was_given = false;
  int opened = 0;
  int answers_given = 0;
  int answers_refused = 0;
  std::vector<Credential> credentials;
  std::vector<store::RevocationId> liftable;
};

TEST_P(HistoryTest, GivesNobodyWhatAColdHubwardenWouldNot) {
  for (int i = 0; i < 600; ++i) {
    step();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(answers_given, 20) << "a history in which nothing is given says nothing";
  EXPECT_GT(answers_refused, 20);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryTest, ::testing::Range(1U, 13U));

}  // namespace
}  // namespace hubwarden::delivery

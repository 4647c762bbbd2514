#pragma once

// What the tests of sessions and grants share: an issuer, a policy of one rule, the routes.

#include <boost/json/array.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "delivery/delivery_fixture.h"
#include "delivery/identity/capability_routes.h"
#include "delivery/identity/grant_routes.h"
#include "delivery/identity/session_routes.h"
#include "delivery/token/token_routes.h"
#include "jwt/jwt_fixture.h"
#include "rules/rules_fixture.h"

namespace hubwarden::delivery {

class IdentityTest : public DeliveryTest {
 protected:
  IdentityTest() {
    static_assert(kStart == jwt::kNow, "the JWTs of the fixture are of the fixture's time");
    rules::Rule rule =
        rules::rule_of("builders", rules::who_of("ci", {{"repository", "acme/*"}}), {"{repository}"},
                       {rules::may_have("contents:read,packages:write"), rules::may_do({"read"})});
    rule.session.agent = "build of {repository}";
    rule.session.tenant = "acme";
    authority->rules = *rules::RuleBook::make({rule}, {});
    const boost::json::array published = {
        jwt::jwk_of(testing::TestSigner::of(crypto::KeyType::kRsa), "RS256")};
    const jwt::Expected expected{std::string(jwt::kIssuer), std::string(jwt::kAudience)};
    auto keys = std::make_shared<auth::FixedKeys>(*jwt::KeySet::parse(jwt::jwks_of(published)));
    authority->issuers.emplace(jwt::kIssuer, auth::TrustedIssuer("ci", expected, std::move(keys)));
    maker.claims["repository"] = "acme/widgets";
  }

  testing::Answered settle(http::Reply reply) {
    return testing::Answered(time.run(testing::settled(std::move(reply))));
  }
  testing::Answered open(std::string_view jwt) {
    testing::FakeRequest request(http::Method::kPost);
    request.bearer(jwt);
    return settle(routes.open(request));
  }
  testing::Answered exchange(std::string body, std::string type = "application/x-www-form-urlencoded") {
    testing::FakeRequest request(http::Method::kPost, "/", std::move(body));
    request.add("Content-Type", std::move(type));
    return settle(routes.exchange(request));
  }
  testing::Answered renew(std::string_view token, std::string_view id) {
    testing::FakeRequest request(http::Method::kPost);
    request.bearer(token);
    return settle(routes.renew(request, id));
  }
  testing::Answered token(std::string_view session, std::string_view query = "repo=acme/widgets") {
    testing::FakeRequest request(http::Method::kGet, "/?" + std::string(query));
    request.bearer(session);
    return settle(tokens.get_for_session(request));
  }

  testing::Answered capabilities(std::string_view bearer, std::string_view query) {
    testing::FakeRequest request(http::Method::kGet, "/?" + std::string(query));
    request.bearer(bearer);
    return settle(abilities.get(request));
  }
  testing::Answered explain(std::string_view bearer, std::string body) {
    testing::FakeRequest request(http::Method::kPost, "/", std::move(body));
    request.add("Content-Type", "application/json").bearer(bearer);
    return settle(abilities.explain(request));
  }

  testing::Answered cut(std::string_view bearer, std::string body) {
    testing::FakeRequest request(http::Method::kPost, "/", std::move(body));
    request.add("Content-Type", "application/json").bearer(bearer);
    return settle(grants.cut(request));
  }

  GrantRoutes grants{{gate, sessions, recorder, log}};
  CapabilityRoutes abilities{gate};
  jwt::JwtMaker maker;
  SessionRoutes routes{{time.clock(), gate, sessions, throttle, recorder, log, metrics},
                       std::chrono::seconds(10)};
  tokens::TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  TokenRoutes tokens{{time.clock(), gate, service, rule_budgets, holders, recorder, log, metrics},
                     TokenDefaults()};
};

}  // namespace hubwarden::delivery

#include "delivery/throttle.h"

#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::FakeRequest;

FakeRequest asked_from(std::string_view address) {
  return FakeRequest(http::Method::kGet).from(address);
}

class ThrottleTest : public DeliveryTest {
 protected:
  Throttle make(ThrottleRates rates, std::vector<std::string> proxies = {}) {
    return Throttle({time.clock(), log, own_metrics}, rates, *http::TrustedProxies::parse(proxies));
  }
  static ThrottleRates failures(std::uint32_t count) {
    ThrottleRates rates;
    rates.failures = PerMinute(count);
    return rates;
  }
  // The code of a try with that credential.
  static std::optional<ErrorCode> tried(const Gate& gate, std::string_view address, std::string_view bearer) {
    const Result<> opened = gate.admin(asked_from(address).bearer(bearer));
    return opened ? std::nullopt : std::optional(opened.error().code());
  }

  obs::Metrics own_metrics;
};

TEST_F(ThrottleTest, StopsLookingAtAnOperatorsCredentialAfterTooManyWrongOnesFromThere) {
  Throttle own = make(failures(5));
  const Gate guarded({admin, workspaces, handles, sessions, revocations.index(), own}, authority);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(tried(guarded, "192.0.2.1", "guess"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(tried(guarded, "192.0.2.1", "guess"), ErrorCode::kRateLimited);
  EXPECT_EQ(tried(guarded, "192.0.2.1", kAdminToken), ErrorCode::kRateLimited)
      << "says nothing about a guess";
  EXPECT_EQ(tried(guarded, "192.0.2.2", kAdminToken), std::nullopt) << "others are not touched";
  time.advance(12s);
  EXPECT_EQ(tried(guarded, "192.0.2.1", kAdminToken), std::nullopt);
  EXPECT_EQ(tried(guarded, "192.0.2.1", kAdminToken), std::nullopt) << "what is right is not counted";
}

TEST_F(ThrottleTest, SaysWhoseLimitItIsAndForHowLong) {
  Throttle own = make(failures(1));
  const Gate guarded({admin, workspaces, handles, sessions, revocations.index(), own}, authority);
  (void)guarded.admin(asked_from("192.0.2.1"));
  const Error error = guarded.admin(asked_from("192.0.2.1")).error();
  EXPECT_EQ(error.limit(), Limit::kCaller);
  EXPECT_EQ(error.retry_after(), 60s);
}

TEST_F(ThrottleTest, CountsWrongHandlesLikeOtherWrongCredentials) {
  const auth::NewHandle handle = issue_handle("acme/widgets");
  Throttle own = make(failures(2));
  const Gate guarded({admin, workspaces, handles, sessions, revocations.index(), own}, authority);
  const auto code = [&guarded](std::string_view secret) {
    const auto who = guarded.handle(asked_from("192.0.2.1"), secret);
    return who ? std::nullopt : std::optional(who.error().code());
  };
  EXPECT_EQ(code("hwh_guess"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code("hwh_guess"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code("hwh_guess"), ErrorCode::kRateLimited);
  EXPECT_EQ(tried(guarded, "192.0.2.1", kAdminToken), ErrorCode::kRateLimited);
  EXPECT_EQ(code(handle.handle().reveal()), std::nullopt) << "256 random bits are not guessed";
}

TEST_F(ThrottleTest, OpensToAWorkspacesOwnTokenWhateverItsNeighboursTry) {
  const std::string token = register_workspace("agent-7", {"acme/widgets"});
  Throttle own = make(failures(2));
  const Gate guarded({admin, workspaces, handles, sessions, revocations.index(), own}, authority);
  const auto ask = [&guarded](std::string_view bearer) {
    return guarded.workspace(asked_from("192.0.2.1").bearer(bearer), "agent-7");
  };
  EXPECT_EQ(ask("wrong").error().code(), ErrorCode::kUnauthenticated);
  EXPECT_EQ(guarded.workspace(asked_from("192.0.2.1").bearer(token), "agent-8").error().code(),
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(ask("wrong").error().code(), ErrorCode::kRateLimited);
  EXPECT_TRUE(ask(token).has_value());
}

TEST_F(ThrottleTest, HoldsAWorkspaceToItsRateWithAllItsTokensTogether) {
  const std::string token = register_workspace("agent-7", {"acme/widgets"});
  const std::string other = register_workspace("agent-8", {"acme/widgets"});
  const auto second = test::run(workspaces.rotate(*policy::WorkspaceId::parse("agent-7")));
  ThrottleRates rates;
  rates.caller = PerMinute(3);
  Throttle own = make(rates);
  const Gate guarded({admin, workspaces, handles, sessions, revocations.index(), own}, authority);
  const auto ask = [&guarded](std::string_view bearer, std::string_view id) {
    return guarded.workspace(asked_from("192.0.2.1").bearer(bearer), id);
  };
  EXPECT_TRUE(ask(token, "agent-7"));
  EXPECT_TRUE(ask(second->token().reveal(), "agent-7"));
  EXPECT_TRUE(ask(token, "agent-7"));
  const auto refused = ask(second->token().reveal(), "agent-7");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kRateLimited);
  EXPECT_EQ(refused.error().retry_after(), 20s);
  EXPECT_TRUE(ask(other, "agent-8"));
  time.advance(20s);
  EXPECT_TRUE(ask(token, "agent-7"));
}

TEST_F(ThrottleTest, HoldsAnAddressToItsRateAsTrustedProxiesTellIt) {
  ThrottleRates rates;
  rates.address = PerMinute(2);
  Throttle own = make(rates, {"10.0.0.0/8"});
  const auto from = [&own](std::string_view peer, std::string client) {
    FakeRequest request = asked_from(peer);
    request.add("X-Forwarded-For", std::move(client));
    return own.request(request).has_value();
  };
  EXPECT_TRUE(from("10.0.0.1", "198.51.100.7"));
  EXPECT_TRUE(from("10.0.0.2", "198.51.100.7"));
  EXPECT_FALSE(from("10.0.0.1", "198.51.100.7"));
  EXPECT_TRUE(from("10.0.0.1", "198.51.100.8"));
  // Whoever is no trusted proxy has the address that it has.
  EXPECT_TRUE(from("192.0.2.1", "198.51.100.9"));
  EXPECT_TRUE(from("192.0.2.1", "198.51.100.10"));
  EXPECT_FALSE(from("192.0.2.1", "198.51.100.11"));
}

TEST_F(ThrottleTest, TellsOfAnAddressOnceAMinuteAndCountsAllOfIt) {
  Throttle own = make(failures(2));
  for (int i = 0; i < 50; ++i) (void)own.refused(asked_from("192.0.2.1"));
  int lines = 0;
  for (const auto& event : log.events()) lines += event.name == "auth.throttled" ? 1 : 0;
  EXPECT_EQ(lines, 1);
  const std::string metrics_text = own_metrics.render();
  EXPECT_NE(metrics_text.find("hubwarden_authentication_failures_total 50"), std::string::npos)
      << metrics_text;
  EXPECT_NE(metrics_text.find("hubwarden_throttled_total{by=\"failures\"} 48"), std::string::npos)
      << metrics_text;
}

}  // namespace
}  // namespace hubwarden::delivery

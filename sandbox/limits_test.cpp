#include "sandbox/limits.h"

#include <gtest/gtest.h>

#include "sandbox/closed_buckets.h"
#include "sandbox/secondary_limits.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using http::Method;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace testing;

TEST(Resources, AreCountedApart) {
  EXPECT_EQ(resource_of("repos/get"), "core");
  EXPECT_EQ(resource_of("search/code"), "code_search");
  EXPECT_EQ(resource_of("search/issues-and-pull-requests"), "search");
  EXPECT_EQ(resource_of("actions/create-registration-token-for-repo"), "actions_runner_registration");
  EXPECT_EQ(resource_of("dependency-graph/export-sbom"), "dependency_sbom");
  for (const std::string_view name : told_resources()) EXPECT_TRUE(is_resource(name)) << name;
  EXPECT_FALSE(is_resource("nonsense"));
}

TEST(SecondaryLimits, CountPointsByTheMinute) {
  SecondaryLimits limits;
  const InstallationId one(1);
  const SecondaryLimits::Rule rule{.concurrency = 0, .points = 10, .lockout = seconds(30)};
  EXPECT_FALSE(limits.take(one, 5, rule, kStart));
  EXPECT_FALSE(limits.take(one, 5, rule, kStart));
  EXPECT_FALSE(limits.take(InstallationId(2), 5, rule, kStart));
  EXPECT_EQ(limits.take(one, 1, rule, kStart), kStart + seconds(30));
  EXPECT_EQ(limits.take(one, 1, rule, kStart + seconds(29)), kStart + seconds(30));
  EXPECT_TRUE(limits.take(one, 1, rule, kStart + seconds(30)));
  EXPECT_FALSE(limits.take(one, 1, rule, kStart + minutes(1)));
}

TEST(SecondaryLimits, CountRequestsAtTheSameTime) {
  SecondaryLimits limits;
  const InstallationId one(1);
  const SecondaryLimits::Rule rule{.concurrency = 2, .points = 0, .lockout = seconds(30)};
  {
    const auto first = limits.enter(one);
    const auto second = limits.enter(one);
    EXPECT_FALSE(limits.take(one, 1, rule, kStart));
    const auto third = limits.enter(one);
    EXPECT_TRUE(limits.take(one, 1, rule, kStart));
  }
  const auto alone = limits.enter(one);
  EXPECT_FALSE(limits.take(one, 1, rule, kStart + seconds(30)));
}

TEST(ClosedBuckets, CountFromTheFirstAnswerThatToldOfIt) {
  ClosedBuckets buckets;
  EXPECT_FALSE(buckets.was_told("a", kStart, {}));
  buckets.close("a", kStart, kStart + minutes(1));
  buckets.close("a", kStart + seconds(10), kStart + seconds(20));
  EXPECT_TRUE(buckets.was_told("a", kStart, {}));
  EXPECT_FALSE(buckets.was_told("a", kStart + seconds(1), seconds(2)));
  EXPECT_TRUE(buckets.was_told("a", kStart + seconds(2), seconds(2)));
  EXPECT_TRUE(buckets.was_told("a", kStart + seconds(59), {}));
  EXPECT_FALSE(buckets.was_told("a", kStart + minutes(1), {}));
  EXPECT_FALSE(buckets.was_told("b", kStart, {}));
}

class Limits : public ::testing::Test {
 protected:
  Totals& totals() { return small.github.state().records.totals; }
  void pass(Duration time) { small.time.clock().advance(time); }
  SmallWorld small;
};

TEST_F(Limits, OfSearchEndAfterAMinute) {
  small.settings().search_rate_limit = 1;
  const std::string token = small.token();
  const http::Response first = small.get("/search/issues?q=x", token);
  EXPECT_EQ(first.status(), 200);
  EXPECT_EQ(field(first, "X-RateLimit-Resource"), "search");
  EXPECT_EQ(field(first, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(small.get("/search/issues?q=x", token).status(), 403);
  const http::Response core = small.get("/repos/acme/widgets", token);
  EXPECT_EQ(field(core, "X-RateLimit-Resource"), "core");
  EXPECT_EQ(field(core, "X-RateLimit-Remaining"), "4999");
  pass(minutes(1));
  EXPECT_EQ(small.get("/search/issues?q=x", token).status(), 200);
  const auto told = parsed(small.get("/rate_limit", token));
  EXPECT_EQ(told.at("resources").at("search").at("remaining").to_number<int>(), 0);
  EXPECT_EQ(told.at("resources").at("code_search").at("limit").to_number<int>(), 10);
}

TEST_F(Limits, AreAnsweredAsTheSettingSays) {
  small.settings().rate_limit = 0;
  small.settings().limit_status = 429;
  EXPECT_EQ(small.get("/repos/acme/widgets", small.token()).status(), 429);
}

TEST_F(Limits, LockOutAnInstallationThatSpendsTooManyPoints) {
  small.settings().secondary_points = 6;
  const std::string token = small.token();
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 200);
  EXPECT_EQ(small.ask(Method::kPost, "/repos/acme/widgets/hooks", token, "{}").status(), 403);
  const http::Response locked = small.get("/repos/acme/widgets", small.token());
  EXPECT_EQ(locked.status(), 403);
  EXPECT_EQ(field(locked, "Retry-After"), "60");
  EXPECT_NE(message_of(locked).find("secondary rate limit"), std::string::npos);
  EXPECT_NE(field(locked, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(totals().requests_during_secondary_limit, 0U);
  pass(seconds(20));
  EXPECT_EQ(field(small.get("/repos/acme/widgets", token), "Retry-After"), "40");
  EXPECT_EQ(totals().requests_during_secondary_limit, 1U);
  pass(seconds(40));
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 200);
  EXPECT_EQ(totals().requests_during_secondary_limit, 1U);
}

TEST_F(Limits, CountWhoComesAfterTheWindowWasUsedUp) {
  small.settings().rate_limit = 1;
  const std::string token = small.token();
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 200);
  EXPECT_EQ(totals().requests_after_primary_limit, 0U);
  EXPECT_EQ(small.get("/rate_limit", token).status(), 200);
  EXPECT_EQ(totals().requests_after_primary_limit, 0U);
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 403);
  EXPECT_EQ(small.get("/repos/acme/widgets", small.token()).status(), 403);
  EXPECT_EQ(totals().requests_after_primary_limit, 2U);
  EXPECT_EQ(small.get("/search/issues?q=x", token).status(), 200);
  EXPECT_EQ(totals().requests_after_primary_limit, 2U);
  pass(hours(1));
  EXPECT_EQ(small.get("/repos/acme/widgets", small.token()).status(), 200);
  EXPECT_EQ(totals().requests_after_primary_limit, 2U);
}

TEST_F(Limits, CountWhoDoesNotHeedAFault) {
  const std::string token = small.token();
  Fault fault;
  fault.kind = FaultKind::kSecondaryLimit;
  fault.retry_after = seconds(5);
  ASSERT_TRUE(small.github.state().faults.add(fault));
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 403);
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 200);
  EXPECT_EQ(totals().requests_during_secondary_limit, 1U);
  pass(seconds(5));
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 200);
  EXPECT_EQ(totals().requests_during_secondary_limit, 1U);
}

TEST_F(Limits, GiveTimeToHear) {
  small.settings().rate_limit = 1;
  small.settings().limit_notice = seconds(1);
  const std::string token = small.token();
  small.get("/repos/acme/widgets", token);
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 403);
  EXPECT_EQ(totals().requests_after_primary_limit, 0U);
  pass(seconds(1));
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 403);
  EXPECT_EQ(totals().requests_after_primary_limit, 1U);
}

TEST_F(Limits, AreNotSpentByWhatIsUnchanged) {
  small.settings().rate_limit = 1;
  const std::string token = small.token();
  Call first(Method::kGet, "/repos/acme/widgets");
  first.headers.add("Authorization", "Bearer " + token);
  const std::string own = field(small.github.answer(std::move(first)), "ETag");
  small.github.state().windows = RateWindows();
  small.github.state().closed_buckets.clear();
  Call again(Method::kGet, "/repos/acme/widgets");
  again.headers.add("Authorization", "Bearer " + token);
  again.headers.add("If-None-Match", own);
  const http::Response unchanged = small.github.answer(std::move(again));
  EXPECT_EQ(unchanged.status(), 304);
  EXPECT_EQ(field(unchanged, "X-RateLimit-Remaining"), "1");
}

}  // namespace
}  // namespace hubwarden::sandbox

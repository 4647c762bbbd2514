// What a rule allows with consent, from the call that asks to the one that is carried out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "delivery/operations/operation_fixture.h"
#include "delivery/operations/operation_routes.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using hubwarden::testing::Answered;
using hubwarden::testing::FakeRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kMerge = R"({"pull_number":1})";

class ConsentTest : public OperationTest {
 protected:
  ConsentTest() {
    auth::trust_persons(*authority);
    const boost::json::array published = {
        jwt::jwk_of(testing::TestSigner::of(crypto::KeyType::kRsa), "RS256")};
    const jwt::Expected expected{std::string(jwt::kIssuer), std::string(jwt::kAudience)};
    auto keys = std::make_shared<auth::FixedKeys>(*jwt::KeySet::parse(jwt::jwks_of(published)));
    authority->issuers.emplace(jwt::kIssuer, auth::TrustedIssuer("ci", expected, std::move(keys)));
    rules::Allowance may = auth::may_with_consent({"pulls/merge", "repos/get"}, {"maintainers"});
    may.limits.requests = rules::Quota{2, std::nullopt};
    authority->rules =
        *rules::RuleBook::make({rules::rule_of("mergers", rules::who_of("ci", {}), {"acme/*"}, {may})}, {});
    session = begin("one");
  }

  std::string begin(std::string_view jti) {
    jwt::JwtMaker maker;
    maker.claims["jti"] = jti;
    const SteadyPoint deadline = time.clock().steady_now() + 10s;
    return std::string(time.run(sessions.open(maker.token(), deadline))->token.reveal());
  }
  FakeRequest order(std::string_view key, std::string_view params = kMerge,
                    std::string_view operation = "pulls/merge") {
    FakeRequest request(http::Method::kPost, std::string(kOperationsPath),
                        R"({"repository":"acme/widgets","operation":")" + std::string(operation) +
                            R"(","params":)" + std::string(params) + "}");
    request.add("Content-Type", "application/json").bearer(session);
    if (!key.empty()) request.add("Idempotency-Key", std::string(key));
    return request;
  }
  http::Task<Answered> whole(http::Reply reply) {
    http::Response response = co_await hubwarden::testing::settled(std::move(reply));
    if (auto* stream = std::get_if<std::unique_ptr<http::BodySource>>(&response.body())) {
      const std::unique_ptr<http::BodySource> source = std::move(*stream);
      Result<std::string> text = co_await http::read_all(*source, 1 << 20);
      response.body() = text ? std::move(*text) : "cut: " + text.error().message();
    }
    co_return Answered(response);
  }
  Answered post(FakeRequest request) { return time.run(whole(routes.post(request))); }
  http::Task<> keep_status(FakeRequest request, std::vector<int>& statuses) {
    const Answered answer = co_await whole(routes.post(request));
    statuses.push_back(answer.status);
  }

  static store::ApprovalId id_in(const Answered& waiting) {
    const boost::json::object json = waiting.json();
    return *store::parse_approval_id(std::string(json.at("approval").at("id").as_string()));
  }
  Result<store::Approval> decide(store::ApprovalId id, bool is_yes) {
    auth::ApprovalAnswer answer(is_yes, auth::Person("sso", "ada", {"maintainers"}));
    answer.reason = "because";
    return time.run(approvals.decide(id, std::move(answer), sessions));
  }
  // Asks and has it approved.
  void approved(std::string_view key) { ASSERT_TRUE(decide(id_in(post(order(key))), true)); }

  std::string session;
  Idempotency writes{time.clock(), time};
  OperationRoutes routes{
      {time.clock(), gate, performer, writes, rule_budgets, approvals, recorder, log, metrics},
      OperationRules("github.com")};
};

TEST_F(ConsentTest, IsAskedForOnceUnderAKey) {
  const Answered waiting = post(order("key-1"));
  ASSERT_EQ(waiting.status, 202) << waiting.body;
  const boost::json::object approval = waiting.json().at("approval").as_object();
  EXPECT_EQ(approval.at("state"), "pending");
  EXPECT_EQ(approval.at("rule"), "mergers");
  EXPECT_EQ(boost::json::serialize(approval.at("from")), R"(["maintainers"])");
  EXPECT_EQ(waiting.field("Location"), "/v1/approvals/" + to_text(id_in(waiting)));
  EXPECT_EQ(waiting.field("Retry-After"), "5");
  EXPECT_EQ(id_in(post(order("key-1"))), id_in(waiting));
  EXPECT_THAT(questions.approvals, SizeIs(1));
  EXPECT_EQ(questions.approvals.begin()->second.parameters, kMerge);
  EXPECT_EQ(github.mints, 0);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(ConsentTest, NeedsAKeyByWhichTheRetryIsKnown) {
  for (const std::string_view operation : {"pulls/merge", "repos/get"}) {
    const std::string_view params = operation == "repos/get" ? "{}" : kMerge;
    const Answered refused = post(order("", params, operation));
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.text("message"), HasSubstr("send an Idempotency-Key"));
  }
  EXPECT_EQ(post(order("a b")).status, 400);
  EXPECT_THAT(questions.approvals, IsEmpty());
}

TEST_F(ConsentTest, IsAskedForNothingThatCannotBeDone) {
  EXPECT_EQ(post(order("key-1", R"({"pull_number":"../x"})")).status, 400);
  EXPECT_EQ(post(order("key-1", "{}")).status, 400);
  EXPECT_EQ(post(order("key-1", kMerge, "issues/create")).status, 403);
  FakeRequest paged(http::Method::kPost, std::string(kOperationsPath) + "?page=2",
                    R"({"repository":"acme/widgets","operation":"repos/get"})");
  paged.add("Content-Type", "application/json").bearer(session).add("Idempotency-Key", "key-1");
  EXPECT_EQ(post(paged).status, 400);
  EXPECT_THAT(questions.approvals, IsEmpty());
}

TEST_F(ConsentTest, LetsTheRetryThroughOnce) {
  approved("key-1");
  answers(200, R"({"merged":true})");
  const Answered done = post(order("key-1"));
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.body, R"({"merged":true})");
  const Answered again = post(order("key-1"));
  EXPECT_EQ(again.body, R"({"merged":true})");
  EXPECT_EQ(again.field("Idempotent-Replayed"), "true");
  EXPECT_THAT(asked, ElementsAre("PUT api.github.com/repos/acme/widgets/pulls/1/merge"));
  EXPECT_THAT(seen_of_approvals.lines, ElementsAre("pending by request-1", "approved", "used by request-1"));
}

TEST_F(ConsentTest, LetsAReadThroughOnce) {
  ASSERT_TRUE(decide(id_in(post(order("key-1", "{}", "repos/get"))), true));
  answers(200, R"({"id":42})");
  EXPECT_EQ(post(order("key-1", "{}", "repos/get")).body, R"({"id":42})");
  EXPECT_EQ(post(order("key-1", "{}", "repos/get")).body, R"({"id":42})");
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(ConsentTest, LetsOneOfTwoRetriesThrough) {
  approved("key-1");
  answers(200, "{}");
  std::vector<int> statuses;
  time.spawn(keep_status(order("key-1"), statuses));
  time.spawn(keep_status(order("key-1"), statuses));
  time.advance(30s);
  EXPECT_THAT(statuses, ElementsAre(200, 200));
  EXPECT_THAT(asked, SizeIs(1));
}

// Another replica, or this one after a restart: it knows no answers.
TEST_F(ConsentTest, IsUsedWhereverItWasUsed) {
  approved("key-1");
  answers(200, "{}");
  ASSERT_EQ(post(order("key-1")).status, 200);
  Idempotency others{time.clock(), time};
  OperationRoutes elsewhere{
      {time.clock(), gate, performer, others, rule_budgets, approvals, recorder, log, metrics},
      OperationRules("github.com")};
  FakeRequest retry = order("key-1");
  const Answered refused = time.run(whole(elsewhere.post(retry)));
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.text("message"), HasSubstr("was used already"));
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(ConsentTest, IsForTheSameRequestAlone) {
  approved("key-1");
  EXPECT_EQ(post(order("key-1", R"({"pull_number":2})")).status, 409);
  EXPECT_EQ(post(order("key-1", "{}", "repos/get")).status, 409);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(ConsentTest, IsForTheSameSessionAlone) {
  approved("key-1");
  session = begin("two");
  EXPECT_EQ(post(order("key-1")).status, 202);
  EXPECT_THAT(questions.approvals, SizeIs(2));
}

TEST_F(ConsentTest, IsToldWhenItWasDeniedOrCameTooLate) {
  ASSERT_TRUE(decide(id_in(post(order("key-1"))), false));
  const Answered denied = post(order("key-1"));
  EXPECT_EQ(denied.status, 403);
  EXPECT_THAT(denied.text("message"),
              HasSubstr("rule \"mergers\" allows it with consent alone, which was denied"));
  EXPECT_THAT(denied.text("message"), HasSubstr(": because"));
  approved("key-2");
  time.advance(5min);
  EXPECT_EQ(post(order("key-2")).status, 410);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(ConsentTest, CountsAgainstTheRulesLimitsAndIsKeptWhenTheyAreReached) {
  for (const std::string_view key : {"key-1", "key-2", "key-3"}) approved(key);
  answers(200, "{}");
  answers(200, "{}");
  EXPECT_EQ(post(order("key-1")).status, 200);
  EXPECT_EQ(post(order("key-2")).status, 200);
  EXPECT_EQ(post(order("key-3")).status, 429);
  EXPECT_EQ(questions.approvals.size(), 3U);
  for (const auto& [id, each] : questions.approvals) {
    EXPECT_EQ(each.state,
              each.key == "key-3" ? store::ApprovalState::kApproved : store::ApprovalState::kUsed);
  }
}

// Whether GitHub did it or not, a person has agreed to one attempt.
TEST_F(ConsentTest, IsUsedUpByAnAttemptThatFails) {
  approved("key-1");
  answers(409, R"({"message":"Head branch was modified"})");
  EXPECT_EQ(post(order("key-1")).status, 409);
  const Answered again = post(order("key-1"));
  EXPECT_THAT(again.text("message"), HasSubstr("was used already"));
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(ConsentTest, CannotBeAskedForWhenTheRecordsAreAway) {
  questions.failure = Error(ErrorCode::kUnavailable, "away");
  EXPECT_EQ(post(order("key-1")).status, 503);
  questions.failure.reset();
  approved("key-1");
  questions.failure = Error(ErrorCode::kUnavailable, "away");
  EXPECT_EQ(post(order("key-1")).status, 503);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(ConsentTest, HasBoundsForWhatAPersonIsAsked) {
  const std::string long_title(auth::Approvals::kMaxParameters, 'x');
  const std::string params = R"({"pull_number":1,"body":{"commit_title":")" + long_title + R"("}})";
  EXPECT_EQ(post(order("key-1", params)).status, 413);
}

}  // namespace
}  // namespace hubwarden::delivery

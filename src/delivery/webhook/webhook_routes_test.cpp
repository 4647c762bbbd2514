#include "delivery/webhook/webhook_routes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "crypto/digest.h"
#include "delivery/delivery_fixture.h"

namespace hubwarden::delivery {
namespace {

using testing::Answered;
using testing::FakeRequest;

constexpr std::string_view kSecret = "a secret with blanks in it";
constexpr std::string_view kSuspended =
    R"({"action":"suspend","installation":{"id":7,"app_id":1,"account":{"login":"acme"}}})";

class WebhookRoutesTest : public DeliveryTest {
 protected:
  static webhooks::WebhookSecrets secrets() { return {SharedSecret("the next one"), SharedSecret(kSecret)}; }

  FakeRequest delivery(std::string_view event, std::string body, std::string_view secret = kSecret) {
    const std::string signature = "sha256=" + hex(crypto::hmac_sha256(Secret(secret), body));
    FakeRequest request(http::Method::kPost, "/webhooks/github", std::move(body));
    request.add("X-GitHub-Event", std::string(event))
        .add("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc09" + std::to_string(10 + ++sent))
        .add("X-GitHub-Hook-Installation-Target-Type", "integration")
        .add("X-GitHub-Hook-Installation-Target-ID", "1")
        .add("Content-Type", "application/json")
        .add("X-Hub-Signature-256", signature);
    return request;
  }
  Answered answer_to(FakeRequest request) {
    return Answered(test::run(testing::settled(routes.receive(request))));
  }
  void mint() {
    tokens::TokenAsk wanted("github.com", {testing::repository("acme/widgets")},
                            tokens::PermissionSelection::of(testing::permissions("contents:read")));
    ASSERT_TRUE(
        time.run(service.token(std::move(wanted), time.clock().steady_now() + std::chrono::seconds(30)))
            .has_value());
  }

  int sent = 0;
  tokens::TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  webhooks::Intake intake{service, log, metrics, [](const std::string&, const tokens::Touched&) {}};
  WebhookRoutes routes{intake, throttle, secrets()};
};

TEST_F(WebhookRoutesTest, TakesWhatIsSignedWithEitherSecret) {
  mint();
  const Answered taken = answer_to(delivery("installation", std::string(kSuspended)));
  EXPECT_EQ(taken.status, 200);
  EXPECT_EQ(taken.text("outcome"), "handled");
  EXPECT_EQ(engine.size(), 0U);
  EXPECT_EQ(answer_to(delivery("installation", std::string(kSuspended), "the next one")).status, 200);
}

TEST_F(WebhookRoutesTest, AnswersOthersAndRepeatedOnesWithoutActing) {
  EXPECT_EQ(answer_to(delivery("push", "this need not even be JSON")).status, 202);
  FakeRequest once = delivery("installation", std::string(kSuspended));
  EXPECT_EQ(answer_to(once).status, 200);
  EXPECT_EQ(answer_to(once).text("outcome"), "duplicate");
}

TEST_F(WebhookRoutesTest, RefusesWhatIsNotSignedBeforeItLooksAtAnythingElse) {
  mint();
  EXPECT_EQ(answer_to(delivery("installation", std::string(kSuspended), "guess")).status, 401);
  FakeRequest bare(http::Method::kPost, "/webhooks/github", "{");
  EXPECT_EQ(answer_to(bare).status, 401);
  EXPECT_EQ(answer_to(delivery("installation", "{", "guess")).status, 401);
  EXPECT_EQ(engine.size(), 1U);
  EXPECT_EQ(log.count("github.webhook_turned_away"), 3U);
  EXPECT_NE(metrics.render().find("outcome=\"refused\"} 2"), std::string::npos);
  EXPECT_EQ(log.text().find("guess"), std::string::npos);
}

TEST_F(WebhookRoutesTest, TellsOfNoMoreUnsignedOnesThanAnAddressMaySend) {
  ThrottleRates rates;
  rates.failures = PerMinute(2);
  Throttle strict({time.clock(), log, metrics}, rates, http::TrustedProxies());
  WebhookRoutes guarded(intake, strict, secrets());
  std::vector<int> statuses;
  for (int i = 0; i < 20; ++i) {
    FakeRequest request = delivery("installation", std::string(kSuspended), "guess");
    statuses.push_back(Answered(test::run(testing::settled(guarded.receive(request)))).status);
  }
  EXPECT_EQ(statuses.front(), 401);
  EXPECT_EQ(statuses.back(), 429);
  EXPECT_EQ(log.count("github.webhook_turned_away"),
            static_cast<std::size_t>(std::ranges::count(statuses, 401)));
  EXPECT_EQ(log.count("auth.throttled"), 1U);
  FakeRequest good = delivery("installation", std::string(kSuspended));
  EXPECT_EQ(Answered(test::run(testing::settled(guarded.receive(good)))).status, 200);
}

TEST_F(WebhookRoutesTest, AnswersHostilePayloadsLikeBadRequests) {
  const std::string deep = R"({"action":)" + std::string(1'000'000, '[');
  for (const std::string& payload :
       {deep, std::string("{"), std::string("null"), std::string(R"({"action":7})"), std::string()}) {
    const Answered answered = answer_to(delivery("installation", payload));
    EXPECT_EQ(answered.status, 400);
    EXPECT_EQ(answered.text("error"), "invalid_request");
  }
}

TEST_F(WebhookRoutesTest, WantsGitHubsFields) {
  const auto without = [this](std::string_view name) {
    const std::string signature = "sha256=" + hex(crypto::hmac_sha256(Secret(kSecret), kSuspended));
    FakeRequest request(http::Method::kPost, "/webhooks/github", std::string(kSuspended));
    const std::pair<std::string, std::string> fields[] = {{"X-GitHub-Event", "installation"},
                                                          {"X-GitHub-Delivery", "a-b"},
                                                          {"Content-Type", "application/json; charset=utf-8"},
                                                          {"X-Hub-Signature-256", signature}};
    for (const auto& [field, value] : fields) {
      if (field != name) request.add(field, value);
    }
    return answer_to(std::move(request)).status;
  };
  EXPECT_EQ(without("X-GitHub-Event"), 400);
  EXPECT_EQ(without("X-GitHub-Delivery"), 400);
  EXPECT_EQ(without("Content-Type"), 415);
  EXPECT_EQ(without("X-Hub-Signature-256"), 401);
  EXPECT_EQ(without("nothing"), 200);
}

TEST_F(WebhookRoutesTest, KeepsNoMoreUnprovenBytesThanItMay) {
  WebhookRoutes narrow(intake, throttle, secrets(), 10'000);
  const auto status = [&narrow](FakeRequest request) {
    return Answered(test::run(testing::settled(narrow.receive(request)))).status;
  };
  const std::string large = R"({"action":"none","padding":")" + std::string(10'000, 'x') + R"("})";
  EXPECT_EQ(status(delivery("installation", large)), 503);
  EXPECT_EQ(status(delivery("push", large)), 202) << "of an event that is not ours nothing is kept";
  EXPECT_EQ(status(delivery("installation", std::string(kSuspended))), 200) << "the room is free again";
}

TEST_F(WebhookRoutesTest, IsNotThereWithoutASecret) {
  WebhookRoutes bare(intake, throttle, {});
  FakeRequest request = delivery("installation", std::string(kSuspended));
  const Answered answered(test::run(testing::settled(bare.receive(request))));
  EXPECT_EQ(answered.status, 404);
  EXPECT_EQ(answered.text("error"), "not_configured");
}

}  // namespace
}  // namespace hubwarden::delivery

#include "delivery/identity/approval_webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/text.h"
#include "crypto/digest.h"
#include "http/fake_client.h"
#include "obs/capturing_log.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kUrl = "https://chat.example.com/hubwarden";

class ApprovalWebhookTest : public ::testing::Test {
 protected:
  ApprovalWebhookTest() {
    aim();
    time.spawn(webhook.deliver());
  }
  ~ApprovalWebhookTest() override { time.run(webhook.stop()); }

  void aim() { webhook.aim(WebhookTarget(std::string(kUrl), SharedSecret("a secret"), client)); }
  static boost::json::object approval(int n = 1) { return {{"id", "a" + std::to_string(n)}}; }
  static std::string body_of(const http::ClientRequest& request) {
    return std::get<std::string>(request.body);
  }

  testing::VirtualTime time{TimePoint(std::chrono::seconds(1'800'000'000))};
  SeededRandom random{1};
  obs::CapturingLog log;
  obs::Metrics metrics;
  int status = 204;
  http::FakeClient client{[this](const http::ClientRequest&) -> Result<http::ClientResponse> {
    if (status == 0) return fail(ErrorCode::kUpstreamUnavailable, "nobody is there");
    return http::fake_answer(status, "");
  }};
  ApprovalWebhook webhook{{time.clock(), time, random, log, metrics}};
};

TEST_F(ApprovalWebhookTest, TellsInASignedRequest) {
  webhook.send("pending", approval());
  time.advance(1s);
  ASSERT_THAT(client.requests(), SizeIs(1));
  const http::ClientRequest& request = client.requests().front();
  EXPECT_EQ(request.url, kUrl);
  const std::string body = body_of(request);
  EXPECT_EQ(body, R"({"event":"approval.pending","approval":{"id":"a1"}})");
  const std::string timestamp(request.fields.find("X-Hubwarden-Timestamp").value());
  EXPECT_EQ(timestamp, "1800000000");
  const std::string expected =
      "sha256=" + hex(crypto::hmac_sha256(Secret("a secret"), timestamp + "." + body));
  EXPECT_EQ(request.fields.find("X-Hubwarden-Signature-256"), expected);
  EXPECT_THAT(std::string(request.fields.find("X-Hubwarden-Delivery").value()), SizeIs(16));
}

TEST_F(ApprovalWebhookTest, TriesAgainUntilItIsTaken) {
  status = 503;
  webhook.send("pending", approval());
  time.advance(500ms);
  status = 200;
  time.advance(1min);
  ASSERT_GE(client.requests().size(), 2U);
  EXPECT_EQ(body_of(client.requests().back()), body_of(client.requests().front()));
  EXPECT_EQ(client.requests().back().fields.find("X-Hubwarden-Delivery"),
            client.requests().front().fields.find("X-Hubwarden-Delivery"));
  EXPECT_THAT(metrics.render(), HasSubstr(R"(hubwarden_approval_webhooks_total{outcome="delivered"} 1)"));
}

TEST_F(ApprovalWebhookTest, GivesUpAndGoesOnWithTheNext) {
  status = 0;
  webhook.send("pending", approval(1));
  time.advance(5min);
  EXPECT_THAT(client.requests(), SizeIs(ApprovalWebhook::kMaxAttempts));
  EXPECT_EQ(log.count("approval.webhook_failed"), 1U);
  status = 200;
  webhook.send("denied", approval(2));
  time.advance(1s);
  EXPECT_THAT(body_of(client.requests().back()), HasSubstr("approval.denied"));
  EXPECT_THAT(metrics.render(), HasSubstr(R"(hubwarden_approval_webhooks_total{outcome="failed"} 1)"));
}

TEST_F(ApprovalWebhookTest, HoldsNoMoreThanItsBound) {
  client.delay_with([this] { return net::sleep_until(time, time.clock().steady_now() + 1h); });
  for (std::size_t i = 0; i < ApprovalWebhook::kMaxQueued + 3; ++i) webhook.send("pending", approval());
  EXPECT_THAT(metrics.render(), HasSubstr(R"(hubwarden_approval_webhooks_total{outcome="dropped"} 3)"));
}

TEST_F(ApprovalWebhookTest, TellsNobodyUnlessItIsAimed) {
  webhook.aim(std::nullopt);
  webhook.send("pending", approval());
  time.advance(1min);
  EXPECT_THAT(client.requests(), IsEmpty());
  aim();
  time.advance(1min);
  EXPECT_THAT(client.requests(), IsEmpty()) << "what was before is not told later";
}

TEST_F(ApprovalWebhookTest, StopsInTheMiddleOfItsAttempts) {
  status = 500;
  webhook.send("pending", approval(1));
  webhook.send("pending", approval(2));
  time.advance(300ms);
  time.run(webhook.stop());
  EXPECT_THAT(client.requests(), SizeIs(1));
  EXPECT_THAT(metrics.render(), HasSubstr(R"(hubwarden_approval_webhooks_total{outcome="dropped"} 1)"));
}

}  // namespace
}  // namespace hubwarden::delivery

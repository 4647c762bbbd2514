#include "webhooks/intake.h"

#include <gtest/gtest.h>

#include "webhooks/news_fixture.h"

namespace hubwarden::webhooks {
namespace {

using github::WebhookEvent;

class IntakeTest : public NewsTest {
 protected:
  Outcome take(std::string id, WebhookEvent event, const std::string& payload, std::uint64_t app = 1) {
    Addressee addressee;
    addressee.app_id = app;
    Delivery delivery(std::move(id), std::move(addressee), Source::kWebhook);
    return time.run(intake.take(std::move(delivery), *github::read_webhook(event, payload)));
  }
  static std::string repository(std::string_view action, std::uint64_t id, std::string_view name) {
    return R"({"action":")" + std::string(action) + R"(","repository":{"id":)" + std::to_string(id) +
           R"(,"full_name":")" + std::string(name) +
           R"("},"changes":{"repository":{"name":{"from":"widgets"}}}})";
  }
};

TEST_F(IntakeTest, ForgetsASuspendedInstallation) {
  ASSERT_TRUE(ask("acme/widgets").has_value());
  EXPECT_EQ(take("a", WebhookEvent::kInstallation, installation("suspend")), Outcome::kHandled);
  EXPECT_FALSE(is_cached("acme/widgets"));
  EXPECT_TRUE(is_counted("hubwarden_webhooks_total{event=\"installation\",outcome=\"handled\"} 1"));
  EXPECT_TRUE(is_counted("hubwarden_webhook_forgotten_total{what=\"token\"} 1"));
  const obs::CapturedEvent line = log.last("github.webhook");
  EXPECT_EQ(line.field("action"), "suspend");
  EXPECT_EQ(line.field("installation"), "7");
  EXPECT_EQ(line.field("tokens_forgotten"), "1");
}

TEST_F(IntakeTest, LeavesOtherInstallationsAlone) {
  ASSERT_TRUE(ask("acme/widgets").has_value());
  EXPECT_EQ(take("a", WebhookEvent::kInstallation, installation("deleted", 8)), Outcome::kHandled);
  // The owner has another installation now: its names are asked for again, the token stays.
  EXPECT_EQ(engine.size(), 1U);
}

TEST_F(IntakeTest, ForgetsARenamedRepositoryAndNoOther) {
  ASSERT_TRUE(ask("acme/widgets").has_value());
  ASSERT_TRUE(ask("acme/tools").has_value());
  const std::uint64_t id = github.id_of(testing::repository("acme/widgets"));
  EXPECT_EQ(take("a", WebhookEvent::kRepository, repository("renamed", id, "acme/gears")), Outcome::kHandled);
  EXPECT_FALSE(is_cached("acme/widgets"));
  EXPECT_TRUE(is_cached("acme/tools"));
}

TEST_F(IntakeTest, ActsOnceOnADeliveryThatComesTwice) {
  EXPECT_EQ(take("a", WebhookEvent::kInstallation, installation("suspend")), Outcome::kHandled);
  ASSERT_TRUE(ask("acme/widgets").has_value());
  EXPECT_EQ(take("a", WebhookEvent::kInstallation, installation("suspend")), Outcome::kDuplicate);
  EXPECT_TRUE(is_cached("acme/widgets"));
}

TEST_F(IntakeTest, TakesTheSameEventForAnotherAppAsAnother) {
  EXPECT_EQ(take("a", WebhookEvent::kRepository, repository("deleted", 42, "acme/widgets"), 1),
            Outcome::kHandled);
  EXPECT_EQ(take("a", WebhookEvent::kRepository, repository("deleted", 42, "acme/widgets"), 2),
            Outcome::kIgnored)
      << "no App of ours";
}

TEST_F(IntakeTest, IgnoresAndCountsWhatDoesNotConcernIt) {
  ASSERT_TRUE(ask("acme/widgets").has_value());
  EXPECT_EQ(take("a", WebhookEvent::kOther, ""), Outcome::kIgnored);
  EXPECT_EQ(take("b", WebhookEvent::kRepository, repository("archived", 42, "acme/widgets")),
            Outcome::kIgnored);
  EXPECT_EQ(take("c", WebhookEvent::kInstallation, installation("suspend"), 99), Outcome::kIgnored);
  EXPECT_TRUE(is_cached("acme/widgets"));
  EXPECT_TRUE(is_counted("hubwarden_webhooks_total{event=\"other\",outcome=\"ignored\"} 1"));
}

TEST_F(IntakeTest, RemembersNoMoreDeliveriesThanItMay) {
  const Delivery first("0", Addressee(), Source::kWebhook);
  for (std::size_t i = 0; i <= Intake::kMaxSeen; ++i) {
    intake.give_up(Delivery(std::to_string(i), Addressee(), Source::kWebhook));
  }
  EXPECT_FALSE(intake.has_seen(first));
}

}  // namespace
}  // namespace hubwarden::webhooks

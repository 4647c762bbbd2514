#include "github/deliveries.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace hubwarden::github {
namespace {

// As GitHub's description has it.
constexpr std::string_view kItem =
    R"({"id":12345678,"guid":"0b989ba4-242f-11e5-81e1-c7b6966d2516","delivered_at":"2026-11-22T12:00:00Z",)"
    R"("redelivery":false,"duration":0.27,"status":"OK","status_code":200,"event":"installation",)"
    R"("action":"suspend","installation_id":123,"repository_id":null,"throttled_at":null})";

std::string item_with(std::string_view before, std::string_view after) {
  std::string item(kItem);
  const std::size_t at = item.find(before);
  return item.replace(at, before.size(), after);
}

std::string next_of(std::string_view link) {
  const Result<DeliveryPage> page = read_deliveries("[]", link);
  return page ? page->next : "refused";
}

TEST(Deliveries, AreReadWithWhatIsNeededToFetchThem) {
  const Result<DeliveryPage> page = read_deliveries("[" + std::string(kItem) + "]", "");
  ASSERT_TRUE(page.has_value()) << page.error().message();
  ASSERT_EQ(page->items.size(), 1U);
  const DeliveryItem& item = page->items.front();
  EXPECT_EQ(item.id, 12345678U);
  EXPECT_EQ(item.guid, "0b989ba4-242f-11e5-81e1-c7b6966d2516");
  EXPECT_EQ(rfc3339(item.delivered_at), "2026-11-22T12:00:00Z");
  EXPECT_EQ(item.event, WebhookEvent::kInstallation);
  EXPECT_TRUE(item.succeeded);
  EXPECT_EQ(page->next, "");
}

TEST(Deliveries, FailedUnlessTheyWereAnsweredWithSuccess) {
  for (const std::string_view status : {"0", "199", "301", "404", "502", "null", "\"200\""}) {
    const std::string item = item_with(R"("status_code":200)", R"("status_code":)" + std::string(status));
    EXPECT_FALSE(read_deliveries("[" + item + "]", "")->items.front().succeeded) << status;
  }
}

TEST(Deliveries, AreRefusedWhenTheyLackWhatGitHubPromises) {
  const std::string items[] = {"",
                               "null",
                               "7",
                               item_with("12345678", "\"12345678\""),
                               item_with("0b989ba4-242f-11e5-81e1-c7b6966d2516", ""),
                               item_with("0b989ba4-242f-11e5-81e1-c7b6966d2516", "../../x"),
                               item_with("2026-11-22T12:00:00Z", "yesterday"),
                               "{}"};
  for (const std::string& item : items) {
    const Result<DeliveryPage> page = read_deliveries("[" + item + ",7]", "");
    ASSERT_FALSE(page.has_value()) << item;
    EXPECT_EQ(page.error().code(), ErrorCode::kUpstreamProtocol);
  }
  EXPECT_FALSE(read_deliveries("{}", "").has_value());
}

TEST(Deliveries, TellTheCursorOfTheNextPageAndNothingElseOfItsAddress) {
  EXPECT_EQ(
      next_of(
          R"(<https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_12077215967>; rel="next")"),
      "v1_12077215967");
  EXPECT_EQ(next_of(R"(<https://x/?cursor=a>; rel="prev", <https://elsewhere/?cursor=b>; rel="next")"), "b");
  EXPECT_EQ(next_of(R"(<https://x/?cursor=a>; rel="prev")"), "");
  EXPECT_EQ(next_of(R"(<https://x/>; rel="next")"), "");
  EXPECT_EQ(next_of(R"(<https://x/?cursor=a%2F..%26status>; rel="next")"), "");
  EXPECT_EQ(next_of(R"(>https://x/?cursor=a<; rel="next")"), "");
  EXPECT_EQ(next_of("<https://x/?cursor=" + std::string(1000, 'a') + ">; rel=\"next\""), "");
}

TEST(Delivery, HasThePayloadThatTheWebhookHad) {
  const Result<Webhook> webhook = read_delivery(
      WebhookEvent::kInstallation,
      R"({"id":1,"request":{"headers":{},"payload":{"action":"deleted","installation":{"id":7}}}})");
  ASSERT_TRUE(webhook.has_value());
  EXPECT_EQ(std::get<InstallationChange>(webhook->change).installation, InstallationId(7));
  for (const std::string_view body : {"", "[]", "{}", R"({"request":{}})", R"({"request":{"payload":null}})",
                                      R"({"request":{"payload":{"action":7}}})"}) {
    const Result<Webhook> refused = read_delivery(WebhookEvent::kInstallation, body);
    ASSERT_FALSE(refused.has_value()) << body;
    EXPECT_EQ(refused.error().code(), ErrorCode::kUpstreamProtocol);
  }
}

}  // namespace
}  // namespace hubwarden::github

#include "webhooks/poller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "base/time_text.h"
#include "http/fake_client.h"
#include "tests/support/rsa_pem.h"
#include "webhooks/news_fixture.h"

namespace hubwarden::webhooks {
namespace {

using namespace std::chrono_literals;
using http::ClientRequest;
using http::ClientResponse;
using http::fake_answer;

// A list of failed deliveries, in pages of two.
struct FakeList {
  struct Item {
    std::uint64_t id;
    std::string guid;
    std::string event;
    TimePoint at;
    std::string payload;
  };

  void add(std::string event, std::string payload, TimePoint at, std::string guid = "") {
    const std::uint64_t id = 100 + items.size();
    if (guid.empty()) guid = "guid-" + std::to_string(id);
    items.push_back(Item{id, std::move(guid), std::move(event), at, std::move(payload)});
  }

  Result<ClientResponse> answer(const ClientRequest& request) {
    if (trouble) return trouble(request);
    const std::string_view path =
        std::string_view(request.url).substr(std::string_view("https://api.github.com").size());
    return path.starts_with("/app/hook/deliveries?") ? page(path) : detail(path);
  }

  Result<ClientResponse> page(std::string_view path) {
    ++pages;
    const std::size_t at = path.find("cursor=v1_");
    const std::size_t skip =
        at == std::string_view::npos ? 0 : *parse_number<std::size_t>(path.substr(at + 10));
    std::string body = "[";
    for (std::size_t i = skip; i < std::min(skip + 2, items.size()); ++i) {
      const Item& item = items[items.size() - 1 - i];
      body += (body.size() > 1 ? "," : "") + std::string(R"({"id":)") + std::to_string(item.id) +
              R"(,"guid":")" + item.guid + R"(","event":")" + item.event +
              R"(","status_code":502,"delivered_at":")" + rfc3339(item.at) + R"("})";
    }
    http::Fields fields;
    if (skip + 2 < items.size() || endless) {
      fields.add("Link", "<https://elsewhere.example.com/x?cursor=v1_" +
                             std::to_string(endless ? 0 : skip + 2) + "&per_page=2>; rel=\"next\"");
    }
    return fake_answer(200, body + "]", std::move(fields));
  }

  Result<ClientResponse> detail(std::string_view path) {
    ++details;
    const auto id = parse_number<std::uint64_t>(path.substr(path.rfind('/') + 1));
    const auto item = std::ranges::find(items, *id, &Item::id);
    if (item == items.end() || item->payload.empty()) return fake_answer(404, R"({"message":"Not Found"})");
    return fake_answer(200, R"({"request":{"headers":{},"payload":)" + item->payload + "}}");
  }

  std::vector<Item> items;  // the oldest first
  std::function<Result<ClientResponse>(const ClientRequest&)> trouble;
  bool endless = false;
  int pages = 0;
  int details = 0;
};

class PollerTest : public NewsTest {
 protected:
  void start() { time.spawn(poller.run()); }
  ~PollerTest() override { time.run(poller.stop()); }

  FakeList list;
  http::FakeClient client{[this](const ClientRequest& request) { return list.answer(request); }};
  github::ServerClock clock{time.clock()};
  github::AppJwtCache jwt{*github::AppId::parse("1"), *crypto::RsaKey::from_pem(Secret(test::rsa_pem())),
                          clock};
  SeededRandom span_ids{1};
  github::Api api{github::Host::github_com(), client, jwt, clock, span_ids};
  Poller poller{{clock, time, api, intake, log, metrics}, tokens::AppRef("github.com", "1"), 1min};
};

TEST_F(PollerTest, TakesWhatWasNotDelivered) {
  start();
  ASSERT_TRUE(ask("acme/widgets").has_value());
  list.add("installation", installation("suspend"), time.clock().now() + 10s);
  time.advance(59s);
  EXPECT_TRUE(is_cached("acme/widgets"));
  time.advance(1s);
  EXPECT_FALSE(is_cached("acme/widgets"));
  EXPECT_EQ(log.last("github.webhook").field("source"), "poll");
  const ClientRequest& first = client.requests().front();
  EXPECT_EQ(first.url, "https://api.github.com/app/hook/deliveries?status=failure&per_page=100");
  EXPECT_EQ(first.authorization->scheme, "Bearer");
}

TEST_F(PollerTest, FetchesEachDeliveryOnceAndOthersNotAtAll) {
  start();
  list.add("installation", installation("suspend"), time.clock().now(), "same");
  list.add("push", "{}", time.clock().now());
  list.add("installation", installation("suspend"), time.clock().now(), "same");
  time.advance(10min);
  EXPECT_EQ(list.details, 1);
  EXPECT_TRUE(is_counted("hubwarden_webhook_polls_total{outcome=\"complete\"} 10"));
}

TEST_F(PollerTest, TakesNothingThatCameByItself) {
  start();
  Addressee addressee;
  addressee.app_id = 1;
  Delivery delivery("guid-100", std::move(addressee), Source::kWebhook);
  time.run(intake.take(std::move(delivery),
                       *github::read_webhook(github::WebhookEvent::kInstallation, installation("suspend"))));
  list.add("installation", installation("suspend"), time.clock().now());
  time.advance(1min);
  EXPECT_EQ(list.details, 0);
}

TEST_F(PollerTest, GoesFromPageToPageAndNoFurtherThanItsLastLook) {
  start();
  list.add("installation", installation("suspend"), time.clock().now() - 6min);
  list.add("installation", installation("suspend"), time.clock().now() - 6min);
  for (int i = 0; i < 5; ++i) list.add("repository", R"({"action":"edited"})", time.clock().now());
  time.advance(1min);
  EXPECT_EQ(list.details, 5) << "those that are older than the start are left";
  EXPECT_EQ(list.pages, 3);
  for (const ClientRequest& request : client.requests()) {
    EXPECT_TRUE(request.url.starts_with("https://api.github.com/app/hook/deliveries")) << request.url;
  }
}

TEST_F(PollerTest, EndsALookThatWouldNotEnd) {
  start();
  list.endless = true;
  list.add("push", "{}", time.clock().now());
  time.advance(1min);
  EXPECT_EQ(list.pages, Poller::kMaxPages);
  EXPECT_EQ(log.count("github.webhook_poll_incomplete"), 1U);
}

TEST_F(PollerTest, ReadsAgainWhatAFailedLookHasMissed) {
  start();
  ASSERT_TRUE(ask("acme/widgets").has_value());
  list.add("installation", installation("suspend"), time.clock().now() + 10s);
  list.trouble = [](const ClientRequest&) { return fake_answer(502, ""); };
  time.advance(30min);
  EXPECT_GE(log.count("github.webhook_poll_failed"), 29U);
  list.trouble = nullptr;
  time.advance(1min);
  EXPECT_EQ(list.details, 1);
}

TEST_F(PollerTest, GivesUpADeliveryThatIsGoneAndGoesOn) {
  start();
  ASSERT_TRUE(ask("acme/widgets").has_value());
  list.add("installation", installation("suspend"), time.clock().now());
  list.add("installation", "", time.clock().now());
  list.add("installation", "[]", time.clock().now());
  time.advance(5min);
  EXPECT_FALSE(is_cached("acme/widgets"));
  EXPECT_EQ(list.details, 3);
  EXPECT_EQ(log.count("github.webhook_turned_away"), 2U);
}

TEST_F(PollerTest, KeepsToALimitThatGitHubNames) {
  start();
  list.trouble = [this](const ClientRequest&) {
    ++list.pages;
    http::Fields fields;
    fields.add("Retry-After", "600");
    return fake_answer(403, R"({"message":"You have exceeded a secondary rate limit"})", std::move(fields));
  };
  time.advance(10min);
  EXPECT_EQ(list.pages, 1);
  time.advance(1min);
  EXPECT_EQ(list.pages, 2);
}

TEST_F(PollerTest, StopsInTheMiddleOfALook) {
  start();
  list.endless = true;
  list.add("push", "{}", time.clock().now());
  client.delay_with([this] { return net::sleep_until(time, time.clock().steady_now() + 5s); });
  time.advance(1min);
  time.run(poller.stop());
  EXPECT_EQ(list.pages, 1);
}

}  // namespace
}  // namespace hubwarden::webhooks

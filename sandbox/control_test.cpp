#include "sandbox/control.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "http/fake_client.h"
#include "net/system_timers.h"
#include "tests/support/fake_request.h"
#include "tests/support/run_task.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using http::Method;
using namespace testing;

class ControlPort : public ::testing::Test {
 protected:
  ControlPort() { std::filesystem::create_directory(keys); }

  http::Response ask(Method method, std::string target, std::string body = "") {
    hubwarden::testing::FakeRequest request(method, std::move(target), std::move(body));
    http::Reply reply = control.handle(request);
    return test::run(std::move(std::get<http::Task<http::Response>>(reply)));
  }
  boost::json::value json(Method method, std::string target, std::string body = "") {
    const http::Response answer = ask(method, std::move(target), std::move(body));
    EXPECT_LT(answer.status(), 300) << boost::json::serialize(parsed(answer));
    return parsed(answer);
  }
  std::string error(Method method, std::string target, std::string body, int status = 400) {
    const http::Response answer = ask(method, std::move(target), std::move(body));
    EXPECT_EQ(answer.status(), status);
    const auto shown = parsed(answer);
    return std::string(shown.at("error").as_string());
  }

  SmallWorld small;
  const std::string keys = small.directory / "keys";
  http::FakeClient receiver{[](const http::ClientRequest&) -> Result<http::ClientResponse> {
    return http::fake_answer(202, "{}");
  }};
  Control control{small.github, keys, receiver};
};

TEST_F(ControlPort, MakesAnAppWithAKeyThatSigns) {
  const auto made =
      json(Method::kPost, "/apps",
           R"({"slug":"new","owner":"acme","permissions":{"contents":"read"},"events":["push"]})");
  const auto key = KeyPair::from_private_pem(made.at("private_key").as_string());
  ASSERT_TRUE(key);
  const AppId app(made.at("id").to_number<std::uint64_t>());
  EXPECT_EQ(small.get("/app", sign(*key, good_claims(app, kStart))).status(), 200);
  const std::filesystem::path file(std::string(made.at("private_key_file").as_string()));
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ControlPort, RotatesKeys) {
  const std::string app = "/apps/" + std::to_string(small.app.value()) + "/keys";
  const auto made = json(Method::kPost, app);
  const auto key = KeyPair::from_private_pem(made.at("private_key").as_string());
  const std::string jwt = sign(*key, good_claims(small.app, kStart));
  EXPECT_EQ(small.get("/app", jwt).status(), 200);
  json(Method::kDelete, app + "/" + percent_encode(std::string(made.at("fingerprint").as_string())));
  EXPECT_EQ(small.get("/app", jwt).status(), 401);
}

TEST_F(ControlPort, ChangesInstallations) {
  const std::string target = "/installations/" + std::to_string(small.installation.value());
  const std::string token = small.token();
  json(Method::kPatch, target, R"({"suspended":true})");
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 403);
  json(Method::kPatch, target, R"({"suspended":false,"repositories":["gadgets"]})");
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 404);
  EXPECT_EQ(small.get("/repos/acme/gadgets", token).status(), 200);
  json(Method::kPatch, target, R"({"repository_selection":"all","permissions":{"contents":"read"}})");
  EXPECT_EQ(small.get("/repos/acme/widgets/issues", token).status(), 403);
  json(Method::kPost, target + "/revoke_tokens");
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 401);
  json(Method::kDelete, target);
  EXPECT_EQ(small.mint().status(), 404);
}

TEST_F(ControlPort, RevokesOneToken) {
  const std::string token = small.token();
  json(Method::kPost, "/tokens/revoke", R"({"hashed_token":")" + hashed_token(token) + "\"}");
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 401);
  error(Method::kPost, "/tokens/revoke", R"({"token":"ghs_nonsense"})", 404);
}

TEST_F(ControlPort, MovesRepositoriesByNameAndByNumber) {
  const std::string token = small.token();
  json(Method::kPatch, "/repositories/acme/widgets", R"({"name":"gears","private":false})");
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 301);
  json(Method::kDelete, "/repositories/" + std::to_string(small.widgets.value()));
  EXPECT_EQ(small.get("/repos/acme/gears", token).status(), 404);
}

TEST_F(ControlPort, ChangesAndShowsSettings) {
  const auto changed =
      json(Method::kPatch, "/settings",
           R"({"token_lifetime":"20s","clock_skew":"-90s","token_format":"stateless","rate_limit":10})");
  EXPECT_EQ(changed.at("token_lifetime").as_string(), "20s");
  EXPECT_EQ(small.settings().clock_skew, -std::chrono::seconds(90));
  EXPECT_EQ(json(Method::kGet, "/settings"), changed);
  json(Method::kPost, "/reset", R"({"settings":true})");
  EXPECT_EQ(small.settings().token_lifetime, std::chrono::hours(1));
}

TEST_F(ControlPort, NamesWhatIsWrongWithABody) {
  struct Row {
    std::string target;
    std::string body;
    std::string_view message;
  };
  const Row rows[] = {
      {"/accounts", "[]", "the body must be a JSON object"},
      {"/accounts", "{", "the body must be a JSON object"},
      {"/accounts", "{}", "login must be given"},
      {"/accounts", R"({"login":1})", "login must be a string"},
      {"/accounts", R"({"login":"a b"})", "not a login: a b"},
      {"/accounts", R"({"login":"x","type":"Robot"})", "type must be one of Organization, User"},
      {"/accounts", R"({"login":"x","sort":"User"})", "unknown field: sort"},
      {"/apps", R"({"slug":"x","owner":"acme","permissions":{"contents":"all"}})",
       "permissions must be read, write or admin for each name"},
      {"/apps", R"({"slug":"x","owner":"acme","private_key":"x"})",
       "private_key is not an RSA private key in PEM"},
      {"/faults", R"({"kind":"nonsense"})", "unknown kind of fault: nonsense"},
      {"/faults", R"({"kind":"status","status":200})", "status must lie in 400 to 599"},
      {"/faults", R"({"kind":"large_body","bytes":3})", "bytes is out of range"},
      {"/faults", R"({"kind":"latency","latency":"soon"})", "latency must be a duration such as \"20s\""},
      {"/repositories", R"({"owner":"acme","name":"x","files":{"a":1}})",
       "files must be an object of strings"},
  };
  for (const Row& row : rows) EXPECT_EQ(error(Method::kPost, row.target, row.body), row.message) << row.body;
  EXPECT_EQ(error(Method::kPatch, "/settings", R"({"token_lifetime":"0s"})"),
            "only clock_skew may be negative, and token_lifetime not zero");
  EXPECT_EQ(error(Method::kPatch, "/settings", R"({"replication_lag_status":500})"),
            "replication_lag_status must be 401, 403 or 404");
  EXPECT_EQ(error(Method::kPatch, "/settings", R"({"limit_status":500})"), "limit_status must be 403 or 429");
  error(Method::kPost, "/apps", R"({"slug":"x","owner":"nobody"})", 404);
  error(Method::kPost, "/accounts", R"({"login":"acme"})", 409);
  error(Method::kGet, "/nonsense", "", 404);
}

TEST_F(ControlPort, TurnsBrowsersAway) {
  hubwarden::testing::FakeRequest request(Method::kGet, "/state");
  request.add("Origin", "http://127.0.0.1");
  http::Reply reply = control.handle(request);
  EXPECT_EQ(std::get<http::Response>(reply).status(), 404);
}

TEST_F(ControlPort, CountsAndResets) {
  small.token();
  EXPECT_EQ(json(Method::kGet, "/counters").at("totals").at("tokens_issued").as_int64(), 1);
  EXPECT_FALSE(json(Method::kGet, "/events").as_array().empty());
  EXPECT_TRUE(json(Method::kGet, "/events?since=1000").as_array().empty());
  json(Method::kPost, "/faults", R"({"kind":"unicorn"})");
  json(Method::kPost, "/reset");
  EXPECT_EQ(json(Method::kGet, "/counters").at("totals").at("tokens_issued").as_int64(), 0);
  EXPECT_TRUE(json(Method::kGet, "/faults").as_array().empty());
}

TEST_F(ControlPort, ListsEveryRequestThatArrived) {
  const std::string token = small.token();
  small.get("/repos/acme/widgets?page=2", token);
  small.get("/nonsense%2f..", "ghs_nonsense");
  const auto all = json(Method::kGet, "/requests");
  EXPECT_EQ(all.at("total").to_number<int>(), 3);
  EXPECT_EQ(all.at("requests").as_array().size(), 3U);
  const auto odd = json(Method::kGet, "/requests?contains=%252f..").at("requests");
  ASSERT_EQ(odd.as_array().size(), 1U);
  EXPECT_EQ(odd.at(0).at("target").as_string(), "/nonsense%2f..");
  EXPECT_EQ(odd.at(0).at("front").as_string(), "rest");
  const auto page = json(Method::kGet, "/requests?since=1&limit=1").at("requests");
  EXPECT_EQ(page.at(0).at("target").as_string(), "/repos/acme/widgets?page=2");
  EXPECT_EQ(page.at(0).at("hashed_token").as_string(), hashed_token(token));
  EXPECT_EQ(boost::json::serialize(all).find("ghs_"), std::string::npos);
  json(Method::kPost, "/reset");
  EXPECT_TRUE(json(Method::kGet, "/requests").at("requests").as_array().empty());
}

TEST_F(ControlPort, SetsWhatIsLeftToAnInstallation) {
  const std::string target = "/installations/" + std::to_string(small.installation.value()) + "/rate_limits";
  const std::string token = small.token();
  json(Method::kPatch, target, R"({"remaining":1,"reset_in":"10s"})");
  EXPECT_EQ(field(small.get("/repos/acme/widgets", token), "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 403);
  small.time.clock().advance(std::chrono::seconds(10));
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 200);
  json(Method::kPatch, target, R"({"remaining":0,"resource":"search"})");
  EXPECT_EQ(small.get("/search/issues?q=x", token).status(), 403);
  EXPECT_EQ(error(Method::kPatch, target, R"({"remaining":0,"resource":"x"})"), "unknown resource: x");
  EXPECT_EQ(error(Method::kPatch, target, R"({"remaining":5001})"), "remaining or reset_in is out of range");
  error(Method::kPatch, "/installations/1/rate_limits", R"({"remaining":0})", 404);
}

TEST_F(ControlPort, ShowsTheWorld) {
  const auto state = json(Method::kGet, "/state");
  EXPECT_EQ(state.at("repositories").as_array().size(), 4U);
  EXPECT_EQ(state.at("installations").at(0).at("account").as_string(), "acme");
  EXPECT_EQ(json(Method::kGet, "/routes").as_array().size(), routes().size());
}

TEST_F(ControlPort, SendsSignedWebhooksAndRecordsHowTheyWent) {
  const std::string app = "/apps/" + std::to_string(small.app.value());
  const std::string ping = R"({"event":"ping","payload":{"zen":"Keep it logically awesome."}})";
  EXPECT_EQ(error(Method::kPost, app + "/deliveries", ping, 409), "the App has no webhook: PATCH its hook");
  json(Method::kPatch, app + "/hook",
       R"({"url":"http://127.0.0.1:1/webhooks/github","secret":"It's a Secret to Everybody"})");
  const auto sent = json(Method::kPost, app + "/deliveries", ping);
  EXPECT_EQ(sent.at("status_code").as_int64(), 202);
  const http::ClientRequest& request = receiver.requests().front();
  EXPECT_EQ(request.url, "http://127.0.0.1:1/webhooks/github");
  EXPECT_EQ(request.fields.find("X-GitHub-Event"), "ping");
  EXPECT_EQ(request.fields.find("X-Hub-Signature-256"),
            webhook_signature(Secret("It's a Secret to Everybody"), std::get<std::string>(request.body)));

  receiver.answer_with([](const http::ClientRequest&) -> Result<http::ClientResponse> {
    return fail(ErrorCode::kUpstreamUnavailable, "nobody is there");
  });
  EXPECT_EQ(json(Method::kPost, app + "/deliveries", ping).at("status_code").as_int64(), 0);
  json(Method::kPost, app + "/deliveries", R"({"event":"ping","payload":{},"status_code":502})");
  EXPECT_EQ(receiver.requests().size(), 2U);
  const auto list = parsed(small.get("/app/hook/deliveries?status=failure", small.jwt()));
  EXPECT_EQ(list.as_array().size(), 2U);
}

TEST(WebhookSignature, AgreesWithGitHubsExample) {
  EXPECT_EQ(webhook_signature(Secret("It's a Secret to Everybody"), "Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

}  // namespace
}  // namespace hubwarden::sandbox

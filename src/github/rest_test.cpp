#include "github/rest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "http/fake_client.h"
#include "tests/support/run_task.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using http::ClientRequest;
using http::ClientResponse;
using http::fake_answer;
using http::Fields;
using http::Method;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const TimePoint kNow = *parse_rfc3339("2026-11-22T12:00:00Z");

class RestTest : public ::testing::Test {
 protected:
  void answers(int status, std::string body, std::string location = "") {
    script_ = [status, body = std::move(body), location = std::move(location)](const ClientRequest&) {
      Fields fields;
      fields.add("Date", http_date(kNow));
      if (!location.empty()) fields.add("Location", location);
      return Result<ClientResponse>(fake_answer(status, body, std::move(fields)));
    };
    client_.answer_with(script_);
  }

  Result<RestAnswer> send(RestRequest request) {
    Secret token("ghs_0123456789abcdef");
    return test::run(rest_.send(std::move(request), std::move(token), clock_.steady_now() + 10s));
  }
  Result<RestAnswer> get(std::string target) { return send(RestRequest(Method::kGet, std::move(target))); }

  std::string body_of(RestAnswer& answer) {
    return answer.body ? test::run(http::read_all(*answer.body, 1 << 20)).value() : "";
  }
  std::string field(std::string_view name) const {
    return std::string(client_.requests().back().fields.find(name).value_or(""));
  }

  ManualClock clock_{kNow};
  ServerClock server_clock_{clock_};
  SeededRandom random_{1};
  http::FakeClient::Script script_;
  http::FakeClient client_{[](const ClientRequest&) { return Result<ClientResponse>(fake_answer(599, "")); }};
  Rest rest_{Host::github_com(), client_, server_clock_, random_};
};

TEST_F(RestTest, AsksBelowTheApiWithTheTokenAndStreamsWhatComes) {
  answers(200, R"({"id":42})");
  Result<RestAnswer> answer = get("/repos/acme/widgets");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(answer->meaning);
  EXPECT_EQ(body_of(*answer), R"({"id":42})");
  const ClientRequest& asked = client_.requests().back();
  EXPECT_EQ(asked.url, "https://api.github.com/repos/acme/widgets");
  EXPECT_EQ(asked.authorization->secret.reveal(), "ghs_0123456789abcdef");
  EXPECT_TRUE(asked.stream_answer);
  EXPECT_EQ(asked.head_deadline, clock_.steady_now() + 10s);
  EXPECT_EQ(asked.deadline, asked.head_deadline + Rest::kLongestBody);
  EXPECT_EQ(field("Accept"), "application/vnd.github+json");
  EXPECT_EQ(field("X-GitHub-Api-Version"), Host::kApiVersion);
}

TEST_F(RestTest, SendsABodyAsJsonAndTheFieldsThatItWasGiven) {
  answers(201, "{}");
  RestRequest request(Method::kPost, "/repos/acme/widgets/issues");
  request.fields.add("Accept", "application/vnd.github.raw+json");
  request.body = R"({"title":"x"})";
  ASSERT_TRUE(send(std::move(request)));
  EXPECT_EQ(field("Accept"), "application/vnd.github.raw+json");
  EXPECT_EQ(field("Content-Type"), "application/json");
  EXPECT_EQ(std::get<std::string>(client_.requests().back().body), R"({"title":"x"})");
}

TEST_F(RestTest, TellsWhatARefusalMeansAndGivesNoBodyOfIt) {
  answers(404, R"({"message":"Not Found"})");
  const Result<RestAnswer> answer = get("/repos/acme/widgets/issues/7");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  ASSERT_FALSE(answer->meaning);
  EXPECT_EQ(answer->meaning.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(answer->meaning.error().detail(), "Not Found");
  EXPECT_EQ(answer->body, nullptr);
}

TEST_F(RestTest, ReadsNoMoreOfARefusalThanItsBeginning) {
  answers(500, R"({"message":")" + std::string(4 * Rest::kMaxRefusal, 'x') + R"("})");
  const Result<RestAnswer> answer = get("/repos/acme/widgets");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->meaning.error().code(), ErrorCode::kUpstreamUnavailable);
}

TEST_F(RestTest, TakesNotModifiedForASuccess) {
  answers(304, "");
  const Result<RestAnswer> answer = get("/repos/acme/widgets");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->meaning);
  EXPECT_FALSE(answer->redirect);
}

TEST_F(RestTest, NamesWhereARedirectLeadsAndFollowsNone) {
  answers(301, "{}", "https://api.github.com/repositories/42/issues?state=all");
  Result<RestAnswer> answer = get("/repos/acme/old-name/issues?state=all");
  ASSERT_TRUE(answer && answer->redirect);
  EXPECT_TRUE(answer->redirect->is_within_api);
  EXPECT_EQ(answer->redirect->where, "/repositories/42/issues?state=all");

  answers(302, "", "https://codeload.github.com/acme/widgets/legacy.tar.gz/main?token=abc");
  answer = get("/repos/acme/widgets/tarball/main");
  ASSERT_TRUE(answer && answer->redirect);
  EXPECT_FALSE(answer->redirect->is_within_api);
  EXPECT_EQ(answer->redirect->where, "https://codeload.github.com/acme/widgets/legacy.tar.gz/main?token=abc");
  EXPECT_THAT(client_.requests(), SizeIs(2));
}

TEST_F(RestTest, RefusesRedirectsOfWritesAndThoseThatLeadNowhere) {
  answers(307, "{}", "https://api.github.com/repositories/42/issues");
  const Result<RestAnswer> write = send(RestRequest(Method::kPost, "/repos/acme/old-name/issues"));
  ASSERT_TRUE(write);
  EXPECT_FALSE(write->redirect);
  EXPECT_EQ(write->meaning.error().code(), ErrorCode::kUpstreamProtocol);

  for (const char* nowhere :
       {"", "ftp://example.com/x", "https://user:pass@example.com/", "//", "not an address"}) {
    answers(302, "", nowhere);
    const Result<RestAnswer> read = get("/repos/acme/widgets/tarball/main");
    ASSERT_TRUE(read) << nowhere;
    EXPECT_FALSE(read->redirect) << nowhere;
    EXPECT_EQ(read->meaning.error().code(), ErrorCode::kUpstreamProtocol) << nowhere;
  }
}

TEST_F(RestTest, FetchesElsewhereWithoutAnyCredentialAndFollowsNothingThere) {
  answers(200, "bytes");
  Result<RestAnswer> answer = test::run(
      rest_.fetch("https://codeload.github.com/acme/widgets/legacy.tar.gz/main", clock_.steady_now() + 10s));
  ASSERT_TRUE(answer);
  EXPECT_EQ(body_of(*answer), "bytes");
  const ClientRequest& asked = client_.requests().back();
  EXPECT_FALSE(asked.authorization);
  EXPECT_EQ(field("X-GitHub-Api-Version"), "");

  answers(302, "", "https://example.com/");
  answer = test::run(rest_.fetch("https://codeload.github.com/x", clock_.steady_now() + 10s));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->redirect);
  EXPECT_EQ(answer->meaning.error().code(), ErrorCode::kUpstreamProtocol);
}

TEST_F(RestTest, PassesOnWhatKeptItFromAnAnswer) {
  client_.answer_with([](const ClientRequest&) {
    return Result<ClientResponse>(fail(ErrorCode::kUpstreamTimeout, "no answer"));
  });
  const Result<RestAnswer> answer = get("/repos/acme/widgets");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kUpstreamTimeout);
}

}  // namespace
}  // namespace hubwarden::github

// What GitHub is told of the trace that a request is sent for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/time_text.h"
#include "github/api.h"
#include "github/test_key.h"
#include "http/fake_client.h"
#include "tests/support/run_task.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using http::ClientRequest;
using http::ClientResponse;
using http::fake_answer;
using http::Fields;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const TimePoint kNow = *parse_rfc3339("2026-11-22T12:00:00Z");
const InstallationId kInstallation(7);
const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kCallersSpan = "b7ad6b7169203331";

// Sends a look-up on to a repository's number, and mints more than it was asked for.
class ApiTraceTest : public ::testing::Test {
 protected:
  static Result<ClientResponse> answer(const ClientRequest& request) {
    Fields fields;
    fields.add("Date", http_date(kNow));
    if (request.method == http::Method::kDelete) return fake_answer(204, "", std::move(fields));
    if (request.method == http::Method::kPost) {
      return fake_answer(
          201,
          R"({"token":"ghs_16C7e42F292c6912E7","expires_at":"2026-11-22T13:00:00Z",)"
          R"("permissions":{"contents":"write","administration":"write"},)"
          R"("repository_selection":"selected","repositories":[{"id":42,"full_name":"acme/widgets"}]})",
          std::move(fields));
    }
    if (request.url.find("/repositories/") == std::string::npos) {
      fields.add("Location", "https://api.github.com/repositories/42/installation");
      return fake_answer(301, R"({"message":"Moved Permanently"})", std::move(fields));
    }
    return fake_answer(200, R"({"id":7,"account":{"login":"acme"},"app_slug":"hw","permissions":{}})",
                       std::move(fields));
  }

  Result<MintedToken> mint(CallContext context) {
    MintRequest wanted(kInstallation, *RepositoryIds::make({RepositoryId(42)}),
                       *policy::PermissionSet::parse("contents:write"));
    return test::run(api.mint(std::move(wanted), context));
  }
  std::string traceparent(std::size_t request) const {
    return std::string(client.requests().at(request).fields.find("traceparent").value_or("none"));
  }

  ManualClock local{kNow};
  http::FakeClient client{&ApiTraceTest::answer};
  ServerClock clock{local};
  AppJwtCache jwt{*AppId::parse("123456"), test_key(), clock};
  SeededRandom random{1};
  Api api{Host::github_com(), client, jwt, clock, random};
};

TEST_F(ApiTraceTest, HasEachRequestUnderAnIdOfItsOwn) {
  const CallContext context(local.steady_now() + 10s,
                            wire::TraceContext::parse("00-" + kTrace + "-" + kCallersSpan + "-01"));
  EXPECT_TRUE(test::run(api.find_installation(*policy::Repository::parse("acme/widgets"), context)));
  EXPECT_FALSE(mint(context));

  ASSERT_EQ(client.requests().size(), 4U) << "a look-up and where it was sent on, a mint, its revocation";
  std::set<std::string> sent;
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_THAT(traceparent(i), StartsWith("00-" + kTrace + "-"));
    EXPECT_THAT(traceparent(i), EndsWith("-01"));
    EXPECT_THAT(traceparent(i), Not(HasSubstr(kCallersSpan)));
    sent.insert(traceparent(i));
  }
  EXPECT_EQ(sent.size(), 4U);
}

TEST_F(ApiTraceTest, IsNotMentionedWhereThereIsNone) {
  EXPECT_FALSE(mint(local.steady_now() + 10s));
  EXPECT_EQ(traceparent(0), "none");
}

}  // namespace
}  // namespace hubwarden::github

#include "delivery/operations/performer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "delivery/operations/operation_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using http::Fields;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const policy::Repository kWidgets = *policy::Repository::parse("acme/widgets");

class PerformerTest : public OperationTest {
 protected:
  static OperationCall call(std::string_view operation, std::string_view params = "{}") {
    const auto named = *catalogue::parse_operation_name(operation);
    return *OperationCall::read(named, kWidgets, boost::json::parse(params).as_object(), "");
  }
  Result<Performed> perform(OperationCall call) {
    return time.run(performer.perform(std::move(call), Asker("github.com", "handle-1"), Fields(),
                                      time.clock().steady_now() + 25s));
  }
  // Mints the token for later calls and lets it grow old enough to be believed.
  void warm(std::string_view operation, std::string_view params = "{}") {
    answers(200, "{}");
    ASSERT_TRUE(perform(call(operation, params)));
    time.advance(1min);
    asked.clear();
  }

  std::string body_of(Performed& done) {
    return done.body ? time.run(http::read_all(*done.body, 1 << 20)).value() : "";
  }
  std::vector<std::string> scopes() const {
    std::vector<std::string> all;
    for (const auto& [key, count] : github.mints_by_scope) all.push_back(key);
    return all;
  }
};

TEST_F(PerformerTest, MintsTheOperationsPermissionForThatRepositoryAlone) {
  answers(200, "[]", one_field("X-GitHub-Request-Id", "AB:12"));
  Result<Performed> done = perform(call("repository_issues"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 200);
  EXPECT_EQ(body_of(*done), "[]");
  EXPECT_EQ(done->fields.find("X-GitHub-Request-Id"), "AB:12");
  EXPECT_EQ(done->fields.find("Cache-Control"), "no-store");
  EXPECT_THAT(asked, ElementsAre("GET api.github.com/repos/acme/widgets/issues?page=1&per_page=30"));
  EXPECT_THAT(scopes(), ElementsAre(AllOf(HasSubstr("@acme/widgets"), HasSubstr("issues:read"))));
}

TEST_F(PerformerTest, TriesTheNextAlternativeWhereTheAppLacksTheFirst) {
  github.refuse_mint = [](const tokens::Scope& scope) -> std::optional<Error> {
    if (!scope.permissions().set()->levels().contains("issues")) return std::nullopt;
    return Error(ErrorCode::kPermissionNotGranted, "not granted").with_upstream_status(422);
  };
  answers(200, "[]");
  ASSERT_TRUE(perform(call("issues/list-comments", R"({"issue_number": 1})")));
  EXPECT_THAT(scopes(), ElementsAre(HasSubstr("issues:read"), HasSubstr("pull_requests:read")));
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(PerformerTest, GivesUpNamingWhatIsLackingWhenThereIsNoAlternativeLeft) {
  github.mint_error = Error(ErrorCode::kPermissionNotGranted, "not granted").with_upstream_status(422);
  const Result<Performed> done = perform(call("issues/list-comments", R"({"issue_number": 1})"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kPermissionNotGranted);
  EXPECT_EQ(done.error().fix(), Fix::kOperator);
  EXPECT_THAT(done.error().message(), HasSubstr("issues=read; pull_requests=read"));
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(PerformerTest, TriesTheNextAlternativeWhenGitHubRefusesTheFirst) {
  warm("repos/create-or-update-file-contents", R"({"path": "a.txt", "body": {}})");
  answers(403, R"({"message":"Resource not accessible by integration"})",
          one_field("X-Accepted-GitHub-Permissions", "contents=write,workflows=write"));
  answers(201, "{}");
  ASSERT_TRUE(perform(
      call("repos/create-or-update-file-contents", R"({"path": ".github/workflows/ci.yml", "body": {}})")));
  EXPECT_THAT(scopes(),
              UnorderedElementsAre(EndsWith("|contents:write"), EndsWith("|contents:write,workflows:write")));
}

TEST_F(PerformerTest, ReplacesADeadTokenOnceEvenForAWrite) {
  warm("create_issue", R"({"title": "x"})");
  answers(401, R"({"message":"Bad credentials"})");
  answers(201, R"({"number":1})");
  const Result<Performed> done = perform(call("create_issue", R"({"title": "x"})"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 201);
  EXPECT_EQ(github.mints, 2);
  ASSERT_THAT(bearers, SizeIs(3));
  EXPECT_NE(bearers[1], bearers[2]);

  // The new one is young, and refused for as long as it is.
  time.advance(1min);
  for (int i = 0; i < 12; ++i) answers(401, R"({"message":"Bad credentials"})");
  EXPECT_EQ(perform(call("create_issue", R"({"title": "x"})")).error().code(), ErrorCode::kUpstreamAuth);
}

TEST_F(PerformerTest, GivesAYoungTokenTimeToReachAllOfGitHub) {
  answers(404, R"({"message":"Not Found"})");
  answers(404, R"({"message":"Not Found"})");
  answers(200, "{}");
  const SteadyPoint begun = time.clock().steady_now();
  ASSERT_TRUE(perform(call("repository_metadata")));
  EXPECT_EQ(time.clock().steady_now() - begun, 750ms);
  EXPECT_EQ(github.mints, 1);

  time.advance(1min);
  answers(404, R"({"message":"Not Found"})");
  EXPECT_EQ(perform(call("repository_metadata")).error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(script, IsEmpty());
}

TEST_F(PerformerTest, RepeatsReadsInTroubleAndNeverAWriteThatMayHaveHappened) {
  warm("repository_metadata");
  answers(502, "");
  answers(503, "<html>Unicorn!</html>");
  answers(200, "{}");
  EXPECT_TRUE(perform(call("repository_metadata")));
  warm("create_issue", R"({"title": "x"})");
  answers(502, "");
  const Result<Performed> write = perform(call("create_issue", R"({"title": "x"})"));
  ASSERT_FALSE(write);
  EXPECT_EQ(write.error().code(), ErrorCode::kUpstreamUnavailable);
  EXPECT_FALSE(write.error().never_sent());
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(PerformerTest, SaysOfWhatCameToNothingBeforeItWasSentThatItWasNot) {
  github.mint_error = Error(ErrorCode::kUpstreamTimeout, "no answer");
  const Result<Performed> done = perform(call("create_issue", R"({"title": "x"})"));
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().never_sent());
}

TEST_F(PerformerTest, SendsNothingIntoAClosedBucket) {
  warm("repository_metadata");
  Fields used_up = one_field("X-RateLimit-Remaining", "0");
  used_up.add("X-RateLimit-Limit", "5000");
  used_up.add("X-RateLimit-Reset", std::to_string((kStart + 10min).time_since_epoch() / 1s));
  answers(403, R"({"message":"API rate limit exceeded for installation ID 7."})", used_up);
  EXPECT_EQ(perform(call("repository_metadata")).error().code(), ErrorCode::kRateLimited);
  asked.clear();
  const Result<Performed> again = perform(call("repository_metadata"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kRateLimited);
  EXPECT_EQ(again.error().limit(), Limit::kPrimary);
  EXPECT_TRUE(again.error().retry_after());
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(PerformerTest, FollowsARenameByTheRepositorysOwnNumberAlone) {
  warm("repository_issues");
  answers(301, "{}",
          one_field("Location", "https://api.github.com/repositories/42/issues?page=1&per_page=30"));
  answers(200, "[]",
          one_field("Link", R"(<https://api.github.com/repositories/42/issues?page=2>; rel="next")"));
  const Result<Performed> done = perform(call("repository_issues"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->fields.find("Link"), R"(</v1/proxy/github/rest?page=2>; rel="next")");
  EXPECT_THAT(asked, ElementsAre("GET api.github.com/repos/acme/widgets/issues?page=1&per_page=30",
                                 "GET api.github.com/repositories/42/issues?page=1&per_page=30"));
  for (const char* elsewhere :
       {"https://api.github.com/repositories/43/issues", "https://api.github.com/repositories/42",
        "https://api.github.com/repos/acme/other/issues", "https://api.github.com/user"}) {
    asked.clear();
    answers(301, "{}", one_field("Location", elsewhere));
    EXPECT_EQ(perform(call("repository_issues")).error().code(), ErrorCode::kUpstreamProtocol) << elsewhere;
    EXPECT_THAT(asked, SizeIs(1)) << elsewhere;
  }
}

TEST_F(PerformerTest, FollowsToOtherHostsThatAreConfiguredAndWithoutACredential) {
  warm("repos/download-tarball-archive", R"({"ref": "main"})");
  bearers.clear();
  answers(302, "",
          one_field("Location", "https://codeload.github.com/acme/widgets/legacy.tar.gz/main?token=t"));
  Fields archive = one_field("Content-Type", "application/x-gzip");
  archive.add("Set-Cookie", "a=b");
  answers(200, "bytes", archive);
  Result<Performed> done = perform(call("repos/download-tarball-archive", R"({"ref": "main"})"));
  ASSERT_TRUE(done);
  EXPECT_EQ(body_of(*done), "bytes");
  EXPECT_EQ(done->fields.find("Content-Type"), "application/x-gzip");
  EXPECT_FALSE(done->fields.find("Set-Cookie"));
  ASSERT_THAT(bearers, SizeIs(2));
  EXPECT_EQ(bearers[1], "none");
  for (const char* elsewhere :
       {"https://evil.example/x", "http://codeload.github.com/x",
        "https://codeload.github.com.evil.example/x", "https://codeload.github.com:8443/x",
        "https://githubusercontent.com/x", "https://127.0.0.1/x"}) {
    asked.clear();
    answers(302, "", one_field("Location", elsewhere));
    EXPECT_EQ(perform(call("repos/download-tarball-archive", R"({"ref": "main"})")).error().code(),
              ErrorCode::kUpstreamProtocol)
        << elsewhere;
    EXPECT_THAT(asked, SizeIs(1)) << elsewhere;
  }
}

TEST_F(PerformerTest, CommentsOnlyOnWhatIsAPullRequest) {
  answers(200, R"({"number":5,"pull_request":{}})");
  answers(201, "{}");
  EXPECT_TRUE(perform(call("create_pull_request_comment", R"({"pull_number": 5, "body": "x"})")));
  EXPECT_THAT(asked, ElementsAre("GET api.github.com/repos/acme/widgets/issues/5",
                                 "POST api.github.com/repos/acme/widgets/issues/5/comments"));
  asked.clear();
  time.advance(1min);
  answers(200, R"({"number":5})");
  const Result<Performed> issue =
      perform(call("create_pull_request_comment", R"({"pull_number": 5, "body": "x"})"));
  ASSERT_FALSE(issue);
  EXPECT_EQ(issue.error().code(), ErrorCode::kInvalidRequest);
  EXPECT_TRUE(issue.error().never_sent());
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(PerformerTest, KnowsNoHostThatIsNotConfigured) {
  const auto done =
      time.run(performer.perform(call("repository_metadata"), Asker("ghe.example.com", "handle-1"), Fields(),
                                 time.clock().steady_now() + 25s));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kNotConfigured);
}

}  // namespace
}  // namespace hubwarden::delivery

#include "delivery/operations/operation_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

namespace hubwarden::delivery {
namespace {

using ::testing::HasSubstr;

const policy::Repository kWidgets = *policy::Repository::parse("Acme/Widgets");

Result<OperationCall> read(std::string_view operation, std::string_view params, std::string_view page = "") {
  const auto named = catalogue::parse_operation_name(operation);
  return OperationCall::read(*named, kWidgets, boost::json::parse(params).as_object(), page);
}

std::string target(std::string_view operation, std::string_view params, std::string_view page = "") {
  const Result<OperationCall> call = read(operation, params, page);
  return call ? call->target() : "refused: " + call.error().message();
}

TEST(OperationCall, TakesOwnerAndRepositoryFromTheHandle) {
  EXPECT_EQ(target("repository_metadata", "{}"), "/repos/Acme/Widgets");
  EXPECT_EQ(target("repos/get", "{}"), "/repos/Acme/Widgets");
  EXPECT_EQ(target("orgs/get", "{}"), "/orgs/Acme");
  EXPECT_EQ(target("teams/check-permissions-for-repo-in-org", R"({"team_slug": "core"})"),
            "/orgs/Acme/teams/core/repos/Acme/Widgets");
  for (const char* name : {"owner", "repo"}) {
    EXPECT_THAT(target("repos/get", R"({")" + std::string(name) + R"(": "x"})"),
                HasSubstr("comes from the handle"));
    EXPECT_THAT(target("repository_metadata", R"({")" + std::string(name) + R"(": "x"})"),
                HasSubstr("is not known here"));
  }
}

TEST(OperationCall, PutsParametersInTheirPlaces) {
  EXPECT_EQ(target("pull_request_metadata", R"({"pull_number": 7})"), "/repos/Acme/Widgets/pulls/7");
  EXPECT_EQ(target("pulls/get", R"({"pull_number": 7})"), "/repos/Acme/Widgets/pulls/7");
  EXPECT_EQ(
      target("issues/list-for-repo", R"({"query": {"state": "all", "labels": ["bug", "c++"], "page": 2}})"),
      "/repos/Acme/Widgets/issues?state=all&labels=bug%2Cc%2B%2B&page=2");
  EXPECT_EQ(target("repos/compare-commits-with-basehead", R"({"basehead": "main...feature/x"})"),
            "/repos/Acme/Widgets/compare/main...feature%2Fx");
}

TEST(OperationCall, WritesTheBodyThatItWasGiven) {
  const Result<OperationCall> typed = read("create_issue", R"({"title": "Überfluß", "labels": ["bug"]})");
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->body(), R"({"title":"Überfluß","labels":["bug"]})");
  EXPECT_FALSE(typed->pull_request());
  const Result<OperationCall> untyped =
      read("issues/create", R"({"body": {"title": 7, "new": [1.5, null]}})");
  ASSERT_TRUE(untyped);
  EXPECT_EQ(untyped->body(), R"({"title":7,"new":[1.5E0,null]})");
  EXPECT_FALSE(read("repos/get", R"({"body": {}})"));
  EXPECT_FALSE(read("issues/create", R"({"body": "text"})"));
}

TEST(OperationCall, SaysWhichNumberHasToBeAPullRequest) {
  const Result<OperationCall> call =
      read("create_pull_request_comment", R"({"pull_number": 12, "body": "Fine."})");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->target(), "/repos/Acme/Widgets/issues/12/comments");
  EXPECT_EQ(call->pull_request(), 12);
  EXPECT_EQ(call->body(), R"({"body":"Fine."})");
}

TEST(OperationCall, SpansSegmentsWhereGitHubDoesAndLeavesOutWhatMayBe) {
  EXPECT_EQ(target("repos/get-content", R"({"path": "notes/read me#1.md", "query": {"ref": "main"}})"),
            "/repos/Acme/Widgets/contents/notes%2Fread%20me%231.md?ref=main");
  EXPECT_EQ(target("repos/get-content", "{}"), "/repos/Acme/Widgets/contents");
  EXPECT_EQ(target("repos/get-branch", R"({"branch": "feature/login"})"),
            "/repos/Acme/Widgets/branches/feature%2Flogin");
  EXPECT_EQ(target("issues/get-label", R"({"name": "C#? 100%"})"),
            "/repos/Acme/Widgets/labels/C%23%3F%20100%25");
}

TEST(OperationCall, IsNeverAnotherOperation) {
  EXPECT_EQ(target("repos/get-branch", R"({"branch": "main/protection"})"),
            "/repos/Acme/Widgets/branches/main%2Fprotection");
  EXPECT_EQ(target("repos/get-commit", R"({"ref": "main/status"})"),
            "/repos/Acme/Widgets/commits/main%2Fstatus");
  EXPECT_THAT(target("issues/list-comments", R"({"issue_number": "1/labels"})"), HasSubstr("refused"));
}

TEST(OperationCall, HasTheUsualFirstPageOfShortNamesAlone) {
  EXPECT_EQ(target("repository_issues", R"({"labels": ["a b", "c"], "state": "open"})"),
            "/repos/Acme/Widgets/issues?state=open&labels=a%20b%2Cc&page=1&per_page=30");
  EXPECT_EQ(target("pull_request_files", R"({"pull_number": 3, "per_page": 100})"),
            "/repos/Acme/Widgets/pulls/3/files?per_page=100&page=1");
  EXPECT_EQ(target("issues/list-for-repo", "{}"), "/repos/Acme/Widgets/issues");
}

TEST(OperationCall, GoesWhereALinkLedAndNowhereElse) {
  EXPECT_EQ(target("repository_issues", R"({"state": "all"})", "state=all&page=2&per_page=30&after=Y3Vyc29y"),
            "/repos/Acme/Widgets/issues?state=all&page=2&per_page=30&after=Y3Vyc29y");
  EXPECT_THAT(target("repository_issues", "{}", "page=0"), HasSubstr("\"page\""));
  EXPECT_THAT(target("repository_issues", "{}", "per_page=101"), HasSubstr("1 to 100"));
  EXPECT_THAT(target("repository_issues", "{}", "page=%zz"), HasSubstr("broken escape"));
  EXPECT_THAT(target("create_issue", R"({"title": "x"})", "page=2"), HasSubstr("only reads have pages"));
}

// Each is refused before a token or a budget is touched.
TEST(OperationCall, RefusesHostileValues) {
  const std::string long_text(5000, 'x');
  const std::string hostile[] = {
      R"("../../user")",
      R"("..")",
      R"(".")",
      R"("a/../b")",
      R"("/etc/passwd")",
      R"("a//b")",
      R"("%2e%2e%2fx")",
      R"("a%2Fb")",
      R"("a%00b")",
      R"("a\u0000b")",
      R"("a\nb")",
      R"("a\r\nHost: x")",
      R"("\u001b[2J")",
      R"("a\\b")",
      R"("")",
      "\"" + long_text + "\"",
      "null",
      "{}",
      R"([["x"]])",
      R"("x\u007f")",
      "1.5",
      R"("/")",
  };
  const std::string_view operations[][2] = {
      {"repos/get-content", "path"}, {"repos/get-branch", "branch"},
      {"git/get-ref", "ref"},        {"issues/get-label", "name"},
      {"pulls/get", "pull_number"},  {"pull_request_metadata", "pull_number"},
      {"repos/get-commit", "ref"},   {"actions/get-repo-secret", "secret_name"}};
  for (const auto& [operation, name] : operations) {
    for (const std::string& value : hostile) {
      const Result<OperationCall> call = read(operation, "{\"" + std::string(name) + "\": " + value + "}");
      ASSERT_FALSE(call) << operation << " took " << value.substr(0, 60) << " as "
                         << call->target().substr(0, 80);
      EXPECT_EQ(call.error().code(), ErrorCode::kInvalidRequest) << operation << " " << value.substr(0, 60);
      EXPECT_THAT(call.error().message(), HasSubstr(std::string(name))) << value.substr(0, 60);
    }
  }
}

TEST(OperationCall, RefusesNumbersThatAreNone) {
  for (const char* value : {R"("7?x=1")", R"("7#")", R"("7/files")", R"("%37")", R"("seven")", "-7", "7.0",
                            "true", "[7]", "\"0x7\"", "18446744073709551616", R"(" 7")"}) {
    EXPECT_FALSE(read("pulls/get", R"({"pull_number": )" + std::string(value) + "}")) << value;
    EXPECT_FALSE(read("pull_request_files", R"({"pull_number": )" + std::string(value) + "}")) << value;
  }
  EXPECT_FALSE(read("pull_request_metadata", R"({"pull_number": 0})"));
  EXPECT_FALSE(read("pull_request_metadata", R"({"pull_number": "7"})")) << "a short name's types are exact";
}

TEST(OperationCall, RefusesWhatIsNotKnownOrMissing) {
  EXPECT_THAT(target("pulls/get", "{}"), HasSubstr("\"pull_number\" is required"));
  EXPECT_THAT(target("pull_request_metadata", "{}"), HasSubstr("\"pull_number\" is required"));
  EXPECT_THAT(target("pulls/get", R"({"pull_number": 1, "state": "open"})"), HasSubstr("\"state\""));
  EXPECT_THAT(target("issues/list-for-repo", R"({"query": {"state": "opened"}})"),
              HasSubstr("open|closed|all"));
  EXPECT_THAT(target("issues/list-for-repo", R"({"query": {"a b": "x"}})"), HasSubstr("not the name"));
  EXPECT_THAT(target("issues/list-for-repo", R"({"query": []})"), HasSubstr("must be an object"));
  EXPECT_THAT(target("search/code", "{}"), HasSubstr("\"q\" is required"));
}

TEST(OperationCall, PassesOnQueryParametersThatAreNewToIt) {
  EXPECT_EQ(target("issues/list-for-repo", R"({"query": {"brand_new": "a&b=c"}})"),
            "/repos/Acme/Widgets/issues?brand_new=a%26b%3Dc");
}

TEST(OperationCall, DoesNotSendFiles) {
  const Result<OperationCall> call = read("repos/upload-release-asset", R"({"release_id": 1})");
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code(), ErrorCode::kOperationNotAllowed);
}

}  // namespace
}  // namespace hubwarden::delivery

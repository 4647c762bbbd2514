#include "delivery/operations/typed_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace hubwarden::delivery {
namespace {

using catalogue::ShortName;
using ::testing::HasSubstr;

constexpr std::string_view kSha = "0123456789abcdef0123456789abcdef01234567";

// What is wrong, or "" if nothing is.
std::string complaint(ShortName name, std::string_view params) {
  const Result<Placed> placed = place_typed(parameters_of(name), boost::json::parse(params).as_object());
  if (!placed) return placed.error().message();
  const Result<> together = check_together(name, *placed);
  return together ? "" : together.error().message();
}

std::string check_run(std::string_view more) {
  return R"({"name": "ci", "head_sha": ")" + std::string(kSha) + "\"" + std::string(more) + "}";
}

struct Case {
  ShortName name;
  std::string params;
  std::string complaint;  // part of it; empty: it is taken
};

TEST(TypedParameters, AreTakenOrRefusedForAReasonThatNamesThem) {
  using enum ShortName;
  const std::string long_title(257, 'x');
  std::string umlauts;
  for (int i = 0; i < 256; ++i) umlauts += "ü";
  const Case cases[] = {
      {kPullRequestMetadata, R"({"pull_number": 1})", ""},
      {kPullRequestMetadata, "{}", "\"pull_number\" is required"},
      {kPullRequestMetadata, R"({"pull_number": 0})", "whole number, 1 to"},
      {kPullRequestMetadata, R"({"pull_number": -1})", "whole number"},
      {kPullRequestMetadata, R"({"pull_number": 1.0})", "whole number"},
      {kPullRequestMetadata, R"({"pull_number": "1"})", "whole number"},
      {kPullRequestMetadata, R"({"pull_number": 3000000000})", "whole number"},
      {kPullRequestMetadata, R"({"pull_number": 1, "owner": "x"})", "\"owner\" is not known"},
      {kPullRequestFiles, R"({"pull_number": 1, "page": 2, "per_page": 100})", ""},
      {kPullRequestFiles, R"({"pull_number": 1, "per_page": 101})", "1 to 100"},
      {kPullRequestFiles, R"({"pull_number": 1, "page": 0})", "\"page\""},
      {kRepositoryMetadata, "{}", ""},
      {kRepositoryMetadata, R"({"page": 1})", "\"page\" is not known"},
      {kRepositoryIssues, R"({"state": "all", "labels": ["bug", "good first issue"], "sort": "updated"})",
       ""},
      {kRepositoryIssues, R"({"state": "opened"})", "open|closed|all"},
      {kRepositoryIssues, R"({"labels": "bug"})", "list of short strings"},
      {kRepositoryIssues, R"({"labels": ["a,b"]})", "comma"},
      {kRepositoryIssues, R"({"labels": []})", "1 to 100 entries"},
      {kRepositoryIssues, R"({"labels": ["a\nb"]})", "list of short strings"},
      {kRepositoryIssues, R"({"since": "2026-11-22T12:00:00Z"})", ""},
      {kRepositoryIssues, R"({"since": "yesterday"})", "must be a time"},
      {kCreateIssue, R"({"title": "x"})", ""},
      {kCreateIssue, R"({"title": ")" + umlauts + R"("})", ""},
      {kCreateIssue, R"({"title": ")" + long_title + R"("})", "1 to 256 characters"},
      {kCreateIssue, R"({"title": ""})", "1 to 256 characters"},
      {kCreateIssue, R"({"title": "   "})", "blank"},
      {kCreateIssue, R"({"title": "a\nb"})", "control characters"},
      {kCreateIssue, R"({"title": null})", "must be a string"},
      {kCreateIssue, R"({"title": "x", "body": "a\nb"})", ""},
      {kCreateIssue, R"({"title": "x", "body": 1})", "must be a string"},
      {kCreateIssue, R"({"title": "x", "assignees": ["a","b","c","d","e","f","g","h","i","j","k"]})",
       "0 to 10"},
      {kCreateIssue, R"({"title": "x", "milestone": 1})", ""},
      {kCreateIssue, R"({"title": "x", "milestone": "1"})", "whole number"},
      {kCreatePullRequestComment, R"({"pull_number": 1, "body": "x"})", ""},
      {kCreatePullRequestComment, R"({"pull_number": 1, "body": " \n"})", "blank"},
      {kCreatePullRequestComment, R"({"body": "x"})", "\"pull_number\" is required"},
      {kCreatePullRequestComment, R"({"pull_number": 1, "issue_number": 2, "body": "x"})", "not known"},
      {kCreateCheckRun, check_run(""), ""},
      {kCreateCheckRun, check_run(R"(, "status": "completed", "conclusion": "success")"), ""},
      {kCreateCheckRun, check_run(R"(, "conclusion": "skipped")"), ""},
      {kCreateCheckRun, check_run(R"(, "conclusion": "stale")"), "\"conclusion\" must be one of"},
      {kCreateCheckRun, check_run(R"(, "status": "done")"), "\"status\" must be one of"},
      {kCreateCheckRun, check_run(R"(, "status": "completed")"), "if and only if"},
      {kCreateCheckRun, check_run(R"(, "status": "queued", "conclusion": "success")"), "if and only if"},
      {kCreateCheckRun, check_run(R"(, "completed_at": "2026-11-22T12:00:00Z")"), "needs a \"conclusion\""},
      {kCreateCheckRun, R"({"name": "ci", "head_sha": "main"})", "commit's SHA"},
      {kCreateCheckRun, R"({"head_sha": ")" + std::string(kSha) + "\"}", "\"name\" is required"},
      {kCreateCheckRun, check_run(R"(, "details_url": "https://ci.example.com/1")"), ""},
      {kCreateCheckRun, check_run(R"x(, "details_url": "javascript:alert(1)")x"), "http or https"},
      {kCreateCheckRun, check_run(R"(, "output": {"title": "t", "summary": "s"})"), ""},
      {kCreateCheckRun, check_run(R"(, "output": {"title": "t"})"), "\"output.summary\" is required"},
      {kCreateCheckRun, check_run(R"(, "output": {"title": "t", "summary": "s", "x": 1})"), "\"output.x\""},
      {kCreateCheckRun, check_run(R"(, "output": [])"), "must be an object"},
      {kCreateCheckRun, check_run(R"(, "actions": [{"label": "l", "description": "d", "identifier": "i"}])"),
       ""},
      {kCreateCheckRun, check_run(R"(, "actions": [{"label": "l"}])"), "is required"},
      {kCreateCheckRun, check_run(R"(, "actions": [1])"), "list of objects"},
      {kCreateCheckRun, check_run(R"(, "actions": [{}, {}, {}, {}])"), "0 to 3 entries"},
  };
  for (const Case& one : cases) {
    const std::string found = complaint(one.name, one.params);
    if (one.complaint.empty()) {
      EXPECT_EQ(found, "") << one.params;
    } else {
      EXPECT_THAT(found, HasSubstr(one.complaint)) << one.params;
    }
  }
}

TEST(TypedParameters, ArePlacedInPathQueryAndBody) {
  const Result<Placed> placed =
      place_typed(parameters_of(ShortName::kCreatePullRequestComment),
                  boost::json::parse(R"({"body": "Fine.", "pull_number": 12})").as_object());
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->path, (std::vector<std::pair<std::string, std::string>>{{"issue_number", "12"}}));
  EXPECT_EQ(boost::json::serialize(placed->body), R"({"body":"Fine."})");
}

}  // namespace
}  // namespace hubwarden::delivery

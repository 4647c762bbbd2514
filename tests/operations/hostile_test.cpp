// Hostile names and values: refused before anything is minted, and nothing of them arrives at GitHub.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/operations/operations_world.h"

namespace hubwarden {
namespace {

using ::testing::AnyOf;

constexpr std::string_view kAllowed[] = {"read",
                                         "create_issue",
                                         "create_pull_request_comment",
                                         "create_check_run",
                                         "issues/update",
                                         "issues/remove-label",
                                         "repos/create-or-update-file-contents",
                                         "git/delete-ref",
                                         "actions/create-workflow-dispatch"};

std::vector<std::string> hostile_values() {
  std::vector<std::string> values = {R"("../../user")",
                                     R"("..")",
                                     R"(".")",
                                     R"("a/../b")",
                                     R"("/etc/passwd")",
                                     R"("a//b")",
                                     R"("a/")",
                                     R"("%2e%2e%2f")",
                                     R"("..%2f..%2fuser")",
                                     R"("a%2Fb")",
                                     R"("%00")",
                                     R"("a\u0000b")",
                                     R"("a\nb")",
                                     R"("a\r\nHost: evil.example")",
                                     R"("\u001b[2J")",
                                     R"("a\\..\\b")",
                                     R"("")",
                                     R"("\u007f")",
                                     "null",
                                     "{}",
                                     "[]",
                                     R"(["x"])",
                                     "1.5",
                                     "-1",
                                     R"("1?x=y")",
                                     R"("1#x")",
                                     R"("1%20")",
                                     R"("1/files")",
                                     "1e400",
                                     R"("\ud800")",
                                     "99999999999999999999"};
  values.push_back("\"" + std::string(100'000, 'x') + "\"");
  values.push_back("\"" + std::string(100'000, '/') + "\"");
  return values;
}

struct Target {
  std::string_view operation;
  std::string_view parameter;  // a whole number, where it has `is_number`
  bool is_number;
};

constexpr Target kTargets[] = {
    {"pull_request_metadata", "pull_number", true},
    {"pull_request_files", "pull_number", true},
    {"pulls/get", "pull_number", true},
    {"issues/get", "issue_number", true},
    {"issues/update", "issue_number", true},
    {"create_pull_request_comment", "pull_number", true},
    {"repos/get-content", "path", false},
    {"repos/create-or-update-file-contents", "path", false},
    {"repos/get-branch", "branch", false},
    {"git/get-ref", "ref", false},
    {"git/delete-ref", "ref", false},
    {"repos/get-commit", "ref", false},
    {"actions/get-workflow", "workflow_id", false},
    {"actions/create-workflow-dispatch", "workflow_id", false},
};

class HostileTest : public ::testing::Test {
 protected:
  sandbox::Permissions everything_{
      {"contents", sandbox::Level::kWrite},      {"issues", sandbox::Level::kWrite},
      {"pull_requests", sandbox::Level::kWrite}, {"checks", sandbox::Level::kWrite},
      {"actions", sandbox::Level::kWrite},       {"metadata", sandbox::Level::kRead}};
  testing::OperationsWorld world_{everything_, catalogue::OperationList::parse(kAllowed).value()};
  std::string handle_ = world_.handle({std::begin(kAllowed), std::end(kAllowed)});
};

// Those that are harmless where GitHub reads a text: they arrive as that text, in one piece.
bool is_a_text(std::string_view value) {
  return value == R"("1?x=y")" || value == R"("1#x")" || value == "-1";
}

TEST_F(HostileTest, ParametersAreRefusedBeforeAnythingIsMinted) {
  for (const Target& target : kTargets) {
    for (const std::string& value : hostile_values()) {
      if (!target.is_number && is_a_text(value)) continue;
      // The path of a file may hold slashes, and a workflow's number is one.
      if (target.parameter == "path" && value == R"("1/files")") continue;
      if ((target.parameter == "ref" || target.parameter == "branch") && value == R"("1/files")") continue;
      if (!target.is_number && value == "99999999999999999999") continue;
      const std::string params = "{\"" + std::string(target.parameter) + "\":" + value + "}";
      const testing::Answered answer = world_.ask(handle_, target.operation, params);
      EXPECT_THAT(answer.status, AnyOf(400, 413))
          << target.operation << " " << value.substr(0, 40) << " " << answer.body;
    }
  }
  EXPECT_EQ(world_.github.sent, 0U);
}

TEST_F(HostileTest, OwnersAndRepositoriesAreTheHandlesAlone) {
  for (const char* operation : {"repos/get", "repository_metadata", "issues/list-for-repo", "create_issue"}) {
    for (const char* name : {"owner", "repo", "repository", "org", "host", "url", "path_"}) {
      const std::string params = R"({"title":"x",")" + std::string(name) + R"(":"rival/secrets"})";
      EXPECT_EQ(world_.ask(handle_, operation, params).status, 400) << operation << " " << name;
    }
  }
  EXPECT_EQ(world_.github.sent, 0U);
}

TEST_F(HostileTest, OperationsThatAreNoneAreRefused) {
  for (const char* name :
       {"", "..", "repos/get/../../user", "repos%2Fget", "GET /user", "READ", "read", "issues/Create",
        "https://api.github.com/user", "repos/get\\u0000", "\\u202erepos/get"}) {
    EXPECT_EQ(world_.ask(handle_, name).status, 400) << name;
  }
  EXPECT_EQ(world_.github.sent, 0U);
}

TEST_F(HostileTest, TextsArriveAsOneSegmentAndNothingElse) {
  world_.ask(handle_, "issues/remove-label", R"({"issue_number":1,"name":"a?b#c&d=e;f:g@h"})");
  world_.ask(handle_, "repos/get-branch", R"({"branch":"feature/#1?x"})");
  std::vector<std::string> paths;
  for (const boost::json::value& event : world_.small.github.state().records.events(0, 1000)) {
    const boost::json::object& details = event.as_object();
    if (details.contains("path")) paths.emplace_back(details.at("path").as_string());
  }
  for (const std::string& path : paths) {
    EXPECT_THAT(
        path,
        AnyOf(::testing::StartsWith("/repos/acme/widgets/issues/1/labels/a%3Fb%23c%26d%3De%3Bf%3Ag%40h"),
              ::testing::StartsWith("/repos/acme/widgets/branches/feature%2F%231%3Fx"),
              ::testing::StartsWith("/repos/acme/widgets/installation"),
              ::testing::HasSubstr("/access_tokens")));
  }
}

}  // namespace
}  // namespace hubwarden

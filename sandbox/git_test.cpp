#include <gtest/gtest.h>

#include "sandbox/cgi.h"
#include "sandbox/git_http.h"
#include "sandbox/git_objects.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using http::Method;
using namespace testing;

constexpr std::string_view kSha = "0123456789abcdef0123456789abcdef01234567";

TEST(CgiReader, ReadsAHeadThatComesInPieces) {
  const std::string head = "Status: 404 Not Found\r\nContent-Type: text/plain\r\nExpires: x: y\r\n\r\nbody";
  for (std::size_t cut = 1; cut < head.size(); ++cut) {
    CgiReader reader;
    auto got = reader.take(head.substr(0, cut));
    ASSERT_TRUE(got);
    if (!*got) got = reader.take(head.substr(cut));
    ASSERT_TRUE(got && *got) << cut;
    EXPECT_EQ((*got)->status, 404);
    EXPECT_EQ((*got)->fields.find("Expires"), "x: y");
    EXPECT_FALSE((*got)->fields.find("Status"));
  }
}

TEST(CgiReader, RefusesWhatIsNoHead) {
  EXPECT_FALSE(CgiReader().take("fatal\r\n\r\n"));
  EXPECT_FALSE(CgiReader().take("Status: abc\r\n\r\n"));
  EXPECT_FALSE(CgiReader().take(std::string(CgiReader::kMaxHead + 1, 'x')));
}

TEST(ObjectReader, ReadsBytesOfAnyKindAndMissingOnes) {
  const std::string output =
      std::string(kSha) + " blob 3\na\nb\nx:y missing\n" + std::string(kSha) + " tree 0\n\n";
  ObjectReader objects(output);
  const auto blob = objects.next();
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->bytes, "a\nb");
  EXPECT_FALSE(objects.next());
  EXPECT_EQ(objects.next()->type, "tree");
  EXPECT_FALSE(objects.next());
}

TEST(ObjectReader, DoesNotReadBeyondACutOutput) {
  ObjectReader objects("0123456789abcdef0123456789abcdef01234567 blob 10\nabc");
  EXPECT_FALSE(objects.next());
}

TEST(TreeListing, NamesEachKindOfEntry) {
  const std::string sha(kSha);
  std::string output;
  for (const std::string& line :
       {"100644 blob " + sha + "      12\ta\tb", "040000 tree " + sha + "       -\td",
        "120000 blob " + sha + "       3\tl", "160000 commit " + sha + "       -\ts"}) {
    output += line + std::string(1, '\0');
  }
  const auto entries = parse_tree_listing(output);
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].name, "a\tb");
  EXPECT_EQ(entries[0].size, 12U);
  EXPECT_EQ(entries[0].type, "file");
  EXPECT_EQ(entries[1].type, "dir");
  EXPECT_EQ(entries[2].type, "symlink");
  EXPECT_EQ(entries[3].type, "submodule");
}

TEST(BranchNames, AreThoseThatGitTakes) {
  for (const std::string_view good : {"main", "feature/x", "a.b", "v1"})
    EXPECT_TRUE(is_branch_name(good)) << good;
  for (const std::string_view bad :
       {"", "-x", "a..b", "a/", "/a", ".a", "a.lock", "a b", "a\nb", "a:b", "a.", "@{"}) {
    EXPECT_FALSE(is_branch_name(bad)) << bad;
  }
}

TEST(ImportPath, IsQuoted) {
  EXPECT_EQ(quoted_path("a \"b\\\n"), "\"a \\\"b\\\\\\n\"");
}

TEST(GitTarget, IsReadFromThePath) {
  struct Row {
    Method method;
    std::string_view target;
    std::string_view route;  // "" for none
    bool has_service;
  };
  const Row rows[] = {
      {Method::kGet, "/a/b.git/info/refs?service=git-upload-pack", "GET /{owner}/{repo}.git/info/refs", true},
      {Method::kGet, "/a/b/info/refs?service=git-receive-pack", "GET /{owner}/{repo}.git/info/refs", true},
      {Method::kGet, "/a/b/info/refs", "GET /{owner}/{repo}.git/info/refs", false},
      {Method::kGet, "/a/b/info/refs?service=git-evil", "GET /{owner}/{repo}.git/info/refs", false},
      {Method::kPost, "/a/b.git/git-upload-pack", "POST /{owner}/{repo}.git/git-upload-pack", true},
      {Method::kPost, "/a/b.git/git-receive-pack", "POST /{owner}/{repo}.git/git-receive-pack", true},
      {Method::kGet, "/a/b.git/git-upload-pack", "", false},
      {Method::kGet, "/a/b.git/HEAD", "", false},
      {Method::kGet, "/repos/a/b/issues", "", false},
      {Method::kGet, "/a/%zz/info/refs?service=git-upload-pack", "", false},
  };
  for (const Row& row : rows) {
    const auto target = GitTarget::parse(Call(row.method, row.target));
    EXPECT_EQ(target ? target->route() : "", row.route) << row.target;
    if (target) {
      EXPECT_EQ(target->service.has_value(), row.has_service) << row.target;
      EXPECT_EQ(target->repository, "b");
    }
  }
}

class GitAccess : public ::testing::Test {
 protected:
  // The status of the refusal, or 0 when git may run.
  int status(std::string_view repository, std::string_view service, std::string_view token) {
    return std::holds_alternative<GitGrant>(decide(repository, service, token)) ? 0 : answer->status();
  }
  GitDecision decide(std::string_view repository, std::string_view service, std::string_view token) {
    Call call(Method::kGet,
              "/" + std::string(repository) + ".git/info/refs?service=git-" + std::string(service));
    if (!token.empty()) {
      call.headers.add("Authorization", "Basic " + base64(as_bytes("x-access-token:" + std::string(token))));
    }
    GitDecision decision =
        decide_git(small.github.state(), *GitTarget::parse(call), call, small.time.clock().now());
    if (auto* refused = std::get_if<http::Response>(&decision)) {
      answer.emplace(refused->status());
      answer->fields() = refused->fields();
      text = std::get<std::string>(refused->body());
    }
    return decision;
  }

  SmallWorld small;
  std::optional<http::Response> answer;
  std::string text;
};

TEST_F(GitAccess, AsksForCredentialsBeforeAnythingElse) {
  EXPECT_EQ(status("acme/widgets", "upload-pack", ""), 401);
  EXPECT_EQ(field(*answer, "WWW-Authenticate"), "Basic realm=\"GitHub\"");
  EXPECT_EQ(status("acme/none", "upload-pack", ""), 401);
  EXPECT_EQ(status("acme/open", "upload-pack", ""), 0);
  EXPECT_EQ(status("acme/open", "receive-pack", ""), 401);
}

TEST_F(GitAccess, LetsATokenReadAndWriteWhatItMay) {
  const std::string writer = small.token(R"({"repositories":["widgets"]})");
  EXPECT_EQ(status("acme/widgets", "upload-pack", writer), 0);
  EXPECT_EQ(status("ACME/Widgets", "receive-pack", writer), 0);
  EXPECT_EQ(status("acme/gadgets", "upload-pack", writer), 404);
  EXPECT_EQ(text, "Repository not found.");
  EXPECT_EQ(status("acme/open", "upload-pack", writer), 0);
  EXPECT_EQ(status("acme/open", "receive-pack", writer), 403);
  EXPECT_EQ(status("rival/secrets", "upload-pack", writer), 404);
}

TEST_F(GitAccess, RefusesAPushWithoutTheWritePermission) {
  const std::string reader = small.token(R"({"permissions":{"contents":"read"}})");
  EXPECT_EQ(status("acme/widgets", "upload-pack", reader), 0);
  EXPECT_EQ(status("acme/widgets", "receive-pack", reader), 403);
  EXPECT_EQ(text, "Write access to repository not granted.");
  small.world().repository(small.widgets)->is_archived = true;
  EXPECT_EQ(status("acme/widgets", "receive-pack", small.token()), 403);
}

TEST_F(GitAccess, RefusesAnExpiredTokenAndCountsIt) {
  const std::string token = small.token();
  small.time.clock().advance(std::chrono::hours(1));
  EXPECT_EQ(status("acme/widgets", "upload-pack", token), 401);
  EXPECT_EQ(field(*answer, "WWW-Authenticate"), "Basic realm=\"GitHub\"");
  EXPECT_EQ(small.github.state().records.totals.git_requests_with_expired_token, 1U);
}

TEST_F(GitAccess, LeadsToTheNewNameOfARepository) {
  const std::string token = small.token();
  ASSERT_TRUE(small.world().move_repository(small.widgets, small.acme, "gears"));
  EXPECT_EQ(status("acme/widgets", "upload-pack", token), 301);
  EXPECT_EQ(field(*answer, "Location"),
            "https://github.com/acme/gears.git/info/refs?service=git-upload-pack");
  EXPECT_EQ(status("acme/widgets", "upload-pack", small.token(R"({"repositories":["gadgets"]})")), 404);
}

}  // namespace
}  // namespace hubwarden::sandbox

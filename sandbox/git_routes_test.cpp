#include <gtest/gtest.h>

#include "http/fake_client.h"
#include "net/loops.h"
#include "sandbox/control.h"
#include "sandbox/files.h"
#include "tests/support/fake_request.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;
using http::Method;
using hubwarden::testing::FakeRequest;
using namespace testing;

// widgets with README.md on main, and the branch fix/hinge that changes it and adds another file.
class GitRoutes : public ::testing::Test {
 protected:
  GitRoutes() {
    loops.start();
    Permissions& all = small.world().installation(small.installation)->permissions;
    for (const std::string_view name : {"checks", "pull_requests", "actions"})
      all[std::string(name)] = Level::kWrite;
    token = small.token();
    commit("README.md", "# widgets\n", "");
    commit("README.md", "# Widgets\n", "fix/hinge");
    commit("src/a file.txt", "one\ntwo\n", "fix/hinge");
    small.github.state().urls.files = "http://files";
  }
  ~GitRoutes() override {
    on_loop(stop(small.github));
    loops.stop();
  }

  static net::Task<bool> stop(GitHub& github) {
    github.stop();
    co_return true;
  }
  static net::Task<std::optional<http::Response>> kept(http::Task<http::Response> task) {
    http::Response answer = co_await std::move(task);
    co_return std::optional<http::Response>(std::move(answer));
  }
  template <class T>
  T on_loop(net::Task<T> task) {
    return net::block_on(loops.executor(0), std::move(task));
  }
  http::Response settle(http::Reply reply) {
    if (auto* ready = std::get_if<http::Response>(&reply)) return std::move(*ready);
    return std::move(*on_loop(kept(std::move(std::get<http::Task<http::Response>>(reply)))));
  }

  void commit(std::string path, std::string content, std::string branch) {
    FileToCommit file(small.widgets, std::move(path), std::move(content));
    file.branch = branch;
    file.start = branch.empty() ? "" : "main";
    EXPECT_TRUE(on_loop(small.github.commit_file(std::move(file))));
  }
  http::Response ask(Method method, std::string target, const json::value& body = nullptr) {
    FakeRequest request(method, std::move(target), body.is_null() ? "" : json::serialize(body));
    request.add("User-Agent", "test").bearer(token);
    return settle(small.github.handle(request));
  }
  http::Response get(std::string target) { return ask(Method::kGet, std::move(target)); }
  http::Response open(json::object body) { return ask(Method::kPost, kBase + "/pulls", body); }
  // What an address on the other origin holds.
  http::Response fetch(std::string_view address, std::string_view credentials = "") {
    EXPECT_TRUE(address.starts_with("http://files/")) << address;
    FakeRequest request(Method::kGet, std::string(address.substr(std::string_view("http://files").size())));
    if (!credentials.empty()) request.add("Authorization", std::string(credentials));
    return settle(files.handle(request));
  }

  const std::string kBase = "/repos/acme/widgets";
  SmallWorld small;
  net::Loops loops{1};
  Files files{small.github};
  http::FakeClient receiver{[](const http::ClientRequest&) -> Result<http::ClientResponse> {
    return fail(ErrorCode::kUpstreamUnavailable, "nobody is there");
  }};
  Control control{small.github, small.directory.path(), receiver};
  std::string token;
};

TEST_F(GitRoutes, OpenAPullRequestOfWhatTheBranchChanges) {
  const http::Response made =
      open({{"title", "Mend"}, {"head", "fix/hinge"}, {"base", "main"}, {"body", "It squeaks"}});
  ASSERT_EQ(made.status(), 201);
  const auto pull = parsed(made);
  EXPECT_EQ(pull.at("commits").to_number<int>(), 2);
  EXPECT_EQ(pull.at("changed_files").to_number<int>(), 2);
  EXPECT_EQ(pull.at("additions").to_number<int>(), 3);
  EXPECT_EQ(pull.at("user").at("login").as_string(), "robot[bot]");
  const http::Response listed = get(kBase + "/pulls/1/files?per_page=1");
  EXPECT_NE(field(listed, "Link").find("/pulls/1/files?per_page=1&page=2"), std::string::npos);
  const auto shown = parsed(listed);
  EXPECT_EQ(shown.at(0).at("filename").as_string(), "README.md");
  EXPECT_EQ(shown.at(0).at("patch").as_string(), "@@ -1 +1 @@\n-# widgets\n+# Widgets");
}

TEST_F(GitRoutes, OpenNoPullRequestTwiceOrOfNothing) {
  const auto reason = [&](json::object body) {
    const http::Response refused = open(std::move(body));
    EXPECT_EQ(refused.status(), 422);
    const auto shown = parsed(refused);
    const json::object& error = shown.at("errors").at(0).as_object();
    return std::string(error.contains("message") ? error.at("message").as_string()
                                                 : error.at("field").as_string());
  };
  ASSERT_EQ(open({{"title", "Mend"}, {"head", "acme:fix/hinge"}, {"base", "main"}}).status(), 201);
  EXPECT_EQ(reason({{"title", "Mend"}, {"head", "fix/hinge"}, {"base", "main"}}),
            "A pull request already exists for acme:fix/hinge.");
  EXPECT_EQ(reason({{"title", "Mend"}, {"head", "main"}, {"base", "fix/hinge"}}),
            "No commits between fix/hinge and main");
  EXPECT_EQ(reason({{"title", "Mend"}, {"head", "none"}, {"base", "main"}}), "head");
  EXPECT_EQ(reason({{"title", "Mend"}, {"head", "rival:main"}, {"base", "main"}}), "head");
  EXPECT_EQ(reason({{"title", "Mend"}, {"head", "fix/hinge"}, {"base", "--all"}}), "base");
  EXPECT_EQ(message_of(open({{"title", "Mend"}, {"head", "fix/hinge"}})),
            "Invalid request.\n\n\"base\" wasn't supplied.");
}

TEST_F(GitRoutes, ShowBranchesAndCommits) {
  const auto branches = parsed(get(kBase + "/branches"));
  ASSERT_EQ(branches.as_array().size(), 2U);
  EXPECT_EQ(branches.at(0).at("name").as_string(), "fix/hinge");
  const std::string sha(branches.at(0).at("commit").at("sha").as_string());
  EXPECT_EQ(parsed(get(kBase + "/branches/fix/hinge")).at("commit").at("sha").as_string(), sha);
  EXPECT_EQ(message_of(get(kBase + "/branches/none")), "Branch not found");
  for (const std::string& ref : {sha, std::string("fix/hinge"), std::string("heads/fix/hinge")}) {
    const auto commit = parsed(get(kBase + "/commits/" + ref));
    EXPECT_EQ(commit.at("sha").as_string(), sha) << ref;
    EXPECT_EQ(commit.at("files").at(0).at("filename").as_string(), "src/a file.txt");
  }
  const auto first = parsed(get(kBase + "/commits/main"));
  EXPECT_TRUE(first.at("parents").as_array().empty());
  EXPECT_EQ(first.at("stats").at("additions").to_number<int>(), 1);
  EXPECT_EQ(get(kBase + "/commits/none").status(), 422);
}

TEST_F(GitRoutes, KnowTheCommitsOfCheckRuns) {
  const auto commit = parsed(get(kBase + "/commits/main"));
  const json::value body{{"name", "lint"}, {"head_sha", commit.at("sha").as_string()}};
  small.world().repository(small.widgets)->commits.clear();
  EXPECT_EQ(ask(Method::kPost, kBase + "/check-runs", body).status(), 201);
  EXPECT_EQ(parsed(get(kBase + "/commits/main/check-runs")).at("total_count").to_number<int>(), 1);
  const json::value nowhere{{"name", "lint"}, {"head_sha", std::string(40, '0')}};
  EXPECT_EQ(ask(Method::kPost, kBase + "/check-runs", nowhere).status(), 422);
}

TEST_F(GitRoutes, LeadToArchivesThatNeedNoToken) {
  for (const std::string_view kind : {"/tarball", "/zipball/fix/hinge", "/tarball/refs/heads/main"}) {
    const http::Response answer = get(kBase + std::string(kind));
    ASSERT_EQ(answer.status(), 302) << kind;
    const http::Response archive = fetch(field(answer, "Location"));
    EXPECT_EQ(archive.status(), 200) << kind;
    const std::string bytes = std::get<std::string>(archive.body());
    EXPECT_TRUE(bytes.starts_with(kind.starts_with("/zip") ? "PK" : "\x1f\x8b")) << kind;
  }
  EXPECT_EQ(get(kBase + "/tarball/none").status(), 404);
  EXPECT_EQ(small.github.state().records.totals.file_requests_with_credentials, 0U);
}

TEST_F(GitRoutes, LeadToLogsForAMinute) {
  const std::string address = field(get(kBase + "/actions/runs/7/logs"), "Location");
  EXPECT_EQ(fetch(address).status(), 200);
  EXPECT_EQ(fetch(address + "0").status(), 403);
  EXPECT_EQ(fetch("http://files/blobs/1?sig=" + address.substr(address.find('=') + 1)).status(), 403);
  EXPECT_EQ(fetch("http://files/blobs/1").status(), 404);
  small.time.clock().advance(std::chrono::minutes(1));
  EXPECT_EQ(fetch(address).status(), 403);
}

TEST_F(GitRoutes, CountCredentialsThatArriveElsewhere) {
  const std::string address = field(get(kBase + "/actions/jobs/7/logs"), "Location");
  EXPECT_EQ(fetch(address, "Bearer " + token).status(), 400);
  EXPECT_EQ(small.github.state().records.totals.file_requests, 1U);
  EXPECT_EQ(small.github.state().records.totals.file_requests_with_credentials, 1U);
  Arrivals::Question question;
  question.limit = 100;
  question.contains = "/blobs/";
  const auto arrived = small.github.state().arrivals.list(question);
  ASSERT_EQ(arrived.size(), 1U);
  EXPECT_EQ(arrived.at(0).at("hashed_token").as_string(), hashed_token(token));
  EXPECT_EQ(json::serialize(arrived).find("sig="), std::string::npos);
}

TEST_F(GitRoutes, GiveAnAssetOrLeadToIt) {
  EXPECT_EQ(parsed(get(kBase + "/releases/assets/7")).at("id").to_number<int>(), 7);
  FakeRequest request(Method::kGet, kBase + "/releases/assets/7");
  request.add("User-Agent", "test").add("Accept", "application/octet-stream").bearer(token);
  const http::Response answer = settle(small.github.handle(request));
  EXPECT_EQ(answer.status(), 302);
  EXPECT_EQ(fetch(field(answer, "Location")).status(), 200);
  EXPECT_EQ(get(kBase + "/actions/artifacts/7/zip").status(), 302);
  EXPECT_EQ(get(kBase + "/actions/artifacts/7/tar").status(), 404);
}

TEST_F(GitRoutes, AreFedByTheControlPort) {
  const auto seed = [&](std::string target, std::string body, int status) {
    FakeRequest request(Method::kPost, std::move(target), std::move(body));
    const http::Response answer = settle(control.handle(request));
    EXPECT_EQ(answer.status(), status);
    return parsed(answer);
  };
  seed("/repositories", R"({"owner":"acme","name":"seeded","files":{"a.txt":"a\n"}})", 201);
  const std::string pulls = "/repositories/acme/seeded/pulls";
  const auto pull = seed(pulls, R"({"head":"change","files":{"a.txt":"b\n","b.txt":"b\n"}})", 201);
  EXPECT_EQ(pull.at("number").to_number<int>(), 1);
  EXPECT_EQ(small.world().repository("acme", "seeded")->issues.at(1).pull->files.size(), 2U);
  EXPECT_EQ(seed(pulls, R"({"head":"none"})", 404).at("error").as_string(), "no pull request: head");
  EXPECT_EQ(seed(pulls, R"({"head":"change"})", 409).at("error").as_string(),
            "no pull request: A pull request already exists for acme:change.");
  EXPECT_EQ(seed(pulls, "{}", 400).at("error").as_string(), "head must be given");
}

}  // namespace
}  // namespace hubwarden::sandbox

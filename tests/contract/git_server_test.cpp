// Real git against the sandbox behind a real server.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <type_traits>

#include "http/server.h"
#include "net/system_timers.h"
#include "obs/capturing_log.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using namespace testing;

template <class Function>
net::Task<std::invoke_result_t<Function&>> call(Function function) {
  co_return function();
}

class GitServer : public ::testing::Test {
 protected:
  // The sandbox belongs to its loop.
  template <class Function>
  auto on_loop(Function function) {
    return net::block_on(loops.executor(0), call(std::move(function)));
  }

  GitServer() {
    port = *server.listen_tcp(net::TcpAddress("127.0.0.1", 0));
    const std::string url = "http://127.0.0.1:" + std::to_string(port);
    State& state = github.state();
    state.urls = Urls{url, url};
    const TimePoint now = clock.now();
    const AccountId acme = *state.world.add_account("acme", true);
    widgets = *state.world.add_repository(acme, "widgets", true, now);
    const Permissions permissions = {{"contents", Level::kWrite}, {"metadata", Level::kRead}};
    app = *state.world.add_app(NewApp{acme, "robot", permissions, {}, app_key().public_key()}, now);
    installation = *state.world.add_installation(NewInstallation{app, acme, true, {}, std::nullopt}, now);
    loops.start();
    const Result<> committed = net::block_on(
        loops.executor(0), github.commit_file(FileToCommit(widgets, "README.md", "# widgets\n")));
    EXPECT_TRUE(committed);
  }
  ~GitServer() override {
    net::block_on(loops.executor(0), server.stop(std::chrono::seconds(5)));
    on_loop([&] { return github.stop(), true; });
    loops.stop();
  }

  std::string token(std::string body = "") {
    return on_loop([&] { return mint(std::move(body)); });
  }
  std::string mint(std::string body) {
    Call call(http::Method::kPost,
              "/app/installations/" + std::to_string(installation.value()) + "/access_tokens");
    call.headers.add("Authorization", "Bearer " + sign(app_key(), good_claims(app, clock.now())));
    call.body = std::move(body);
    const boost::json::value minted = parsed(github.answer(std::move(call)));
    return std::string(minted.at("token").as_string());
  }
  std::string url(const std::string& token, const std::string& name = "widgets") {
    const std::string login = token.empty() ? "" : "x-access-token:" + token + "@";
    return "http://" + login + "127.0.0.1:" + std::to_string(port) + "/acme/" + name + ".git";
  }
  // Runs git in the folder; what it said is in `said`.
  bool git(const std::string& arguments) {
    const std::string output = directory / "said";
    const std::string command =
        "cd '" + directory.path() + "' && env -i PATH=\"$PATH\" HOME=. GIT_TERMINAL_PROMPT=0 " +
        "GIT_CONFIG_NOSYSTEM=1 LC_ALL=C GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com " +
        "GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com git " + arguments + " >said 2>&1";
    const int status = std::system(command.c_str());
    std::ostringstream text;
    text << std::ifstream(output).rdbuf();
    said = text.str();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  void commit(const std::string& file, const std::string& content) {
    const std::filesystem::path path = std::filesystem::path(directory / "clone") / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
    ASSERT_TRUE(git("-C clone add .") && git("-C clone commit -q -m change")) << said;
  }
  bool has_said(std::string_view text) const { return said.find(text) != std::string::npos; }

  test::TemporaryDirectory directory;
  test::TemporaryDirectory repositories;
  SystemClock clock;
  SystemRandom random;
  net::SystemTimers timers;
  net::Loops loops{1};
  obs::Metrics metrics;
  obs::CapturingLog log;
  GitHub github{repositories.path(), clock, random, timers};
  http::Server server{loops, github, http::ServerParts{clock, timers, random, log, metrics},
                      http::ServerOptions()};
  std::uint16_t port = 0;
  RepositoryId widgets{0};
  AppId app{0};
  InstallationId installation{0};
  std::string said;
};

TEST_F(GitServer, ClonesAndPushesWithAToken) {
  const std::string mine = token();
  ASSERT_TRUE(git("clone -q " + url(mine) + " clone")) << said;
  commit("a.txt", "one\n");
  ASSERT_TRUE(git("-C clone push -q origin HEAD:main")) << said;
  ASSERT_TRUE(git("clone -q " + url(mine) + " again")) << said;
  EXPECT_TRUE(std::filesystem::exists(directory / "again/a.txt"));
}

TEST_F(GitServer, TakesChunkedPushesAndCompressedFetches) {
  const std::string mine = token();
  ASSERT_TRUE(git("clone -q " + url(mine) + " clone")) << said;
  std::string noise(3'000'000, '\0');
  random.fill(std::as_writable_bytes(std::span(noise)));
  commit("big", noise);
  ASSERT_TRUE(git("-C clone -c http.postBuffer=65536 push -q origin HEAD:main")) << said;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(git("-C clone branch b" + std::to_string(i))) << said;
  commit("b.txt", "two\n");
  ASSERT_TRUE(git("-C clone push -q --all origin")) << said;
  ASSERT_TRUE(git("init -q other") &&
              git("-C other fetch -q " + url(mine) + " 'refs/heads/*:refs/remotes/o/*'"))
      << said;
  for (const std::string version : {"0", "2"}) {
    ASSERT_TRUE(git("-c protocol.version=" + version + " clone -q " + url(mine) + " v" + version)) << said;
  }
}

TEST_F(GitServer, RefusesAPushWithoutThePermission) {
  ASSERT_TRUE(git("clone -q " + url(token(R"({"permissions":{"contents":"read"}})")) + " clone")) << said;
  commit("a.txt", "one\n");
  EXPECT_FALSE(git("-C clone push -q origin HEAD:main"));
  EXPECT_TRUE(has_said("remote: Write access to repository not granted.")) << said;
  EXPECT_TRUE(has_said("403")) << said;
}

TEST_F(GitServer, GuardsWorkflowFiles) {
  ASSERT_TRUE(git("clone -q " + url(token()) + " clone")) << said;
  commit(".github/workflows/x.yml", "on: push\n");
  EXPECT_FALSE(git("-C clone push -q origin HEAD:main HEAD:refs/heads/new"));
  EXPECT_TRUE(has_said("without `workflows` permission")) << said;
  EXPECT_TRUE(has_said(".github/workflows/x.yml")) << said;
  on_loop([&] {
    return github.state().world.installation(installation)->permissions["workflows"] = Level::kWrite;
  });
  EXPECT_TRUE(git("-C clone push -q " + url(token()) + " HEAD:main")) << said;
  EXPECT_TRUE(git("-C clone push -q " + url(token(R"({"permissions":{"contents":"write"}})")) +
                  " HEAD:refs/heads/new"))
      << said;
}

TEST_F(GitServer, AsksForAPasswordFirstAndHidesWhatIsNotThere) {
  EXPECT_FALSE(git("ls-remote " + url("")));
  EXPECT_TRUE(has_said("could not read Username")) << said;
  EXPECT_FALSE(git("ls-remote " + url(token(), "none")));
  EXPECT_TRUE(has_said("Repository not found.")) << said;
  EXPECT_FALSE(git("ls-remote " + url("ghs_nonsense")));
  EXPECT_TRUE(has_said("Invalid username or token.")) << said;
}

TEST_F(GitServer, CountsAFetchWithAnExpiredToken) {
  on_loop([&] { return github.state().settings.token_lifetime = std::chrono::seconds(1); });
  const std::string mine = token();
  const TimePoint expiry = on_loop([&] { return github.state().tokens.find(mine)->expires_at; });
  while (clock.now() < expiry) std::this_thread::yield();
  EXPECT_FALSE(git("ls-remote " + url(mine)));
  EXPECT_GE(on_loop([&] { return github.state().records.totals.git_requests_with_expired_token; }), 1U);
}

TEST_F(GitServer, FollowsARenamedRepository) {
  const std::string mine = token();
  ASSERT_TRUE(on_loop([&] {
    World& world = github.state().world;
    return world.move_repository(widgets, world.account("acme")->id, "gears").has_value();
  }));
  ASSERT_TRUE(git("clone -q " + url(mine) + " clone")) << said;
  EXPECT_TRUE(std::filesystem::exists(directory / "clone/README.md"));
}

TEST_F(GitServer, CutsAPackHalfWay) {
  Fault fault;
  fault.kind = FaultKind::kCutBody;
  fault.route = "POST /{owner}/{repo}.git/git-upload-pack";
  ASSERT_TRUE(on_loop([&] { return github.state().faults.add(std::move(fault)).has_value(); }));
  EXPECT_FALSE(git("clone -q " + url(token()) + " clone"));
  EXPECT_TRUE(git("clone -q " + url(token()) + " clone")) << said;
}

TEST_F(GitServer, LeavesNoChildBehind) {
  const std::string mine = token();
  ASSERT_TRUE(git("clone -q " + url(mine) + " clone")) << said;
  while (on_loop([&] { return github.store().children().size(); }) > 0) std::this_thread::yield();
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace hubwarden::sandbox

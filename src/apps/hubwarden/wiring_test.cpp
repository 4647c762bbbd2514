#include "apps/hubwarden/wiring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fstream>
#include <future>
#include <thread>

#include "apps/hubwarden/scripted_github.h"
#include "http/curl_client.h"
#include "obs/capturing_log.h"
#include "tests/support/rsa_pem.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::apps {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAdmin = "admin-0123456789abcdef0123456789abcdef";
constexpr std::string_view kNextAdmin = "other-0123456789abcdef0123456789abcdef";
constexpr std::string_view kTokenOfWidgets =
    "/admin/github-installation-token?repo=acme/widgets&permissions=contents:read";

struct Answer {
  Answer() = default;
  int status = 0;
  std::string body;
  std::string token() const { return std::string(boost::json::parse(body).at("token").as_string()); }
};

// Asks the server over its socket, from threads of its own.
class Caller {
 public:
  Caller() { loops_.start(); }
  ~Caller() {
    net::block_on(loops_.next(), stop());
    loops_.stop();
  }

  Answer ask(std::uint16_t port, std::string_view path, std::string_view bearer = kAdmin,
             http::Method method = http::Method::kGet, std::string body = "") {
    http::ClientRequest request(method, "http://127.0.0.1:" + std::to_string(port) + std::string(path));
    request.authorization.emplace("Bearer", Secret(bearer));
    request.deadline = clock_.steady_now() + 30s;
    if (!body.empty()) {
      request.fields.add("Content-Type", "application/json");
      request.body = std::move(body);
    }
    return net::block_on(loops_.next(), send(std::move(request)));
  }

 private:
  net::Task<Answer> send(http::ClientRequest request) {
    Result<http::ClientResponse> response = co_await client_.send(std::move(request));
    Answer answer;
    if (response) {
      answer.status = response->status;
      answer.body = std::move(response->body);
    }
    co_return answer;
  }
  net::Task<bool> stop() {
    co_await client_.stop(1000ms);
    co_return true;
  }

  SystemClock clock_;
  net::Loops loops_{1};
  http::CurlClient client_{http::CurlOptions(), clock_, std::vector(1, loops_.executor(0))};
};

class WiringTest : public ::testing::Test {
 protected:
  config::Config usual() const {
    config::App app;
    app.host = *github::Host::parse(github.url());
    app.issuer = "1";
    app.private_key = SharedSecret(test::rsa_pem());
    config::Config config;
    config.listen.tcp = {config::TcpAddress{"127.0.0.1", 0}};
    config.apps = {app};
    config.admin.token = SharedSecret(kAdmin);
    config.records.path = directory / "records.db";
    config.limits.threads = 2;
    return config;
  }
  static config::Config with_admin(config::Config config, std::string_view token) {
    config.admin.token = SharedSecret(token);
    return config;
  }

  // As a configuration of ours does it: with the example, in files of this test's.
  config::Plugin example(std::string_view variables) {
    std::ofstream(directory / "team.env") << variables;
    config::Plugin plugin;
    plugin.name = "team";
    plugin.path = HUBWARDEN_EXAMPLE_PLUGIN;
    plugin.options = {{"file", directory / "team.env"}};
    return plugin;
  }
  Answer boot(std::string_view workspace) {
    return caller.ask(port, "/admin/workspaces/" + std::string(workspace) + "/env", kAdmin,
                      http::Method::kPost);
  }
  void register_agent_7() {
    const Answer created =
        caller.ask(port, "/admin/workspaces", kAdmin, http::Method::kPost,
                   R"({"id":"agent-7","repositories":["acme/widgets"],"permissions":{"contents":"write"}})");
    ASSERT_EQ(created.status, 201) << created.body;
  }

  void start(config::Config config) {
    auto started = Wiring::start(std::move(config), log);
    ASSERT_TRUE(started.has_value()) << started.error().message();
    hubwarden = std::move(*started);
    port = hubwarden->ports().front();
  }
  Answer get(std::string_view path, std::string_view bearer = kAdmin) {
    return caller.ask(port, path, bearer);
  }
  std::future<Answer> get_meanwhile(std::string_view path) {
    return std::async(std::launch::async, [this, path] { return get(path); });
  }

  test::TemporaryDirectory directory;
  ScriptedGitHub github;
  Caller caller;
  obs::CapturingLog log;
  std::unique_ptr<Wiring> hubwarden;
  std::uint16_t port = 0;
};

TEST_F(WiringTest, ServesAWorkspaceFromItsRegistrationToItsEnd) {
  start(usual());
  const Answer created =
      caller.ask(port, "/admin/workspaces", kAdmin, http::Method::kPost,
                 R"({"id":"agent-7","repositories":["acme/widgets"],"permissions":{"contents":"write"}})");
  ASSERT_EQ(created.status, 201) << created.body;
  const std::string credential = created.token();
  const Answer first = get("/workspaces/agent-7/github-installation-token", credential);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(get("/workspaces/agent-7/github-installation-token", credential).body, first.body);
  EXPECT_EQ(github.mints(), 1);
  EXPECT_EQ(caller.ask(port, "/admin/workspaces/agent-7", kAdmin, http::Method::kDelete).status, 204);
  EXPECT_EQ(get("/workspaces/agent-7/github-installation-token", credential).status, 401);
  EXPECT_EQ(get("/healthz", "x").status, 200);
  EXPECT_EQ(get("/readyz", "x").status, 200);
  EXPECT_THAT(get("/metrics", "x").body, HasSubstr("hubwarden_mints_total 1\n"));
  EXPECT_EQ(hubwarden->stop(), 0U);
  for (const std::string& secret : {credential, first.token(), std::string(kAdmin)}) {
    EXPECT_THAT(log.text(), Not(HasSubstr(secret)));
  }
}

TEST_F(WiringTest, KeepsItsTokensOverAReloadThatLeavesGitHubAlone) {
  start(usual());
  const std::string token = get(kTokenOfWidgets).token();
  config::Config changed = with_admin(usual(), kNextAdmin);
  changed.apps.front().installation_id = InstallationId(7);
  changed.limits.request_timeout = 20s;
  ASSERT_TRUE(hubwarden->reload(std::move(changed)).has_value());
  EXPECT_EQ(get(kTokenOfWidgets, kNextAdmin).token(), token);
  EXPECT_EQ(get(kTokenOfWidgets, kAdmin).status, 401) << "the token that was replaced";
  EXPECT_EQ(github.mints(), 1);
  EXPECT_EQ(log.count("server.needs_restart"), 0U);
}

TEST_F(WiringTest, BeginsAnewWhenWhatItKnowsOfGitHubChanges) {
  start(usual());
  get(kTokenOfWidgets);
  config::Config changed = usual();
  changed.tokens.floor = 30s;
  ASSERT_TRUE(hubwarden->reload(std::move(changed)).has_value());
  EXPECT_EQ(get(kTokenOfWidgets).status, 200);
  EXPECT_EQ(github.mints(), 2);
}

TEST_F(WiringTest, KeepsEverythingWhenAReloadCannotBe) {
  start(usual());
  const std::string token = get(kTokenOfWidgets).token();
  config::Config bad_key = with_admin(usual(), kNextAdmin);
  bad_key.apps.front().private_key = SharedSecret("-----BEGIN PRIVATE KEY-----");
  const Result<> refused = hubwarden->reload(std::move(bad_key));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fix(), Fix::kOperator);
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("BEGIN")));
  EXPECT_EQ(get(kTokenOfWidgets).token(), token);
  EXPECT_EQ(get(kTokenOfWidgets, kNextAdmin).status, 401);
  EXPECT_EQ(github.mints(), 1);
}

TEST_F(WiringTest, KnowsItsSecretsAgainWhenTheyAreReadAnew) {
  const auto with_password = [this](std::string_view password) {
    config::Config config = usual();
    config.records.password = SharedSecret(password);
    config.redis.password = SharedSecret(password);
    config.redis.seal_keys = {SharedSecret("a key")};
    return config;
  };
  start(with_password("the first"));
  ASSERT_TRUE(hubwarden->reload(with_password("the first")).has_value());
  EXPECT_EQ(log.count("server.needs_restart"), 0U);
  ASSERT_TRUE(hubwarden->reload(with_password("the second")).has_value());
  EXPECT_EQ(log.count("server.needs_restart"), 1U);
}

TEST_F(WiringTest, SaysWhatNeedsARestart) {
  start(usual());
  config::Config moved = usual();
  moved.limits.idle_timeout = 10s;
  ASSERT_TRUE(hubwarden->reload(std::move(moved)).has_value());
  EXPECT_EQ(log.count("server.needs_restart"), 1U);
}

TEST_F(WiringTest, FinishesWhatItWasAskedBeforeAReload) {
  start(usual());
  github.hold();
  std::future<Answer> answer = get_meanwhile(kTokenOfWidgets);
  github.wait_for_mints(1);
  config::Config changed = with_admin(usual(), kNextAdmin);
  changed.tokens.floor = 30s;
  ASSERT_TRUE(hubwarden->reload(changed).has_value());
  ASSERT_TRUE(hubwarden->reload(with_admin(changed, kAdmin)).has_value()) << "it is still asked";
  github.release();
  EXPECT_EQ(answer.get().status, 200);
  ASSERT_TRUE(hubwarden->reload(changed).has_value()) << "now it may go";
  EXPECT_EQ(get(kTokenOfWidgets, kNextAdmin).status, 200);
}

TEST_F(WiringTest, AnswersAllAlongWhileItIsReloadedAgainAndAgain) {
  start(usual());
  std::atomic<bool> done{false};
  std::atomic<int> answered{0}, refused{0};
  std::vector<std::jthread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([this, &done, &answered, &refused] {
      Caller own;
      while (!done.load()) ++(own.ask(port, kTokenOfWidgets).status == 200 ? answered : refused);
    });
  }
  config::Config one = usual();
  config::Config two = usual();
  two.tokens.floor = 30s;
  // The operator's token stays: only what is behind it comes and goes.
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(hubwarden->reload(i % 3 == 0 ? one : two).has_value());
  done.store(true);
  callers.clear();
  EXPECT_GT(answered.load(), 0);
  EXPECT_EQ(refused.load(), 0);
  EXPECT_EQ(hubwarden->stop(), 0U);
}

TEST_F(WiringTest, LetsWhatRunsEndBeforeItStops) {
  start(usual());
  github.hold();
  std::future<Answer> answer = get_meanwhile(kTokenOfWidgets);
  github.wait_for_mints(1);
  std::future<std::size_t> cut = std::async(std::launch::async, [this] { return hubwarden->stop(); });
  EXPECT_EQ(cut.wait_for(100ms), std::future_status::timeout) << "it waits for the answer";
  github.release();
  EXPECT_EQ(answer.get().status, 200);
  EXPECT_EQ(cut.get(), 0U);
}

TEST_F(WiringTest, CutsWhatDoesNotEndWithinItsGrace) {
  config::Config hasty = usual();
  hasty.limits.shutdown_grace = 50ms;
  hasty.outbound.request_timeout = 1500ms;
  start(std::move(hasty));
  github.hold();
  std::future<Answer> answer = get_meanwhile(kTokenOfWidgets);
  github.wait_for_mints(1);
  EXPECT_EQ(hubwarden->stop(), 1U);
  hubwarden.reset();
  EXPECT_NE(answer.get().status, 200);
}

TEST_F(WiringTest, BootsAWorkspaceWithWhatAPluginAdds) {
  config::Config config = usual();
  config.env.url = "https://hubwarden.example.com";
  config.plugins = {example("# of the team\nTEAM=red\nHUBWARDEN_WORKSPACE=another\n")};
  start(config);
  register_agent_7();
  const Answer booted = boot("agent-7");
  EXPECT_EQ(booted.status, 200) << booted.body;
  const boost::json::object expected = {{"HUBWARDEN_URL", "https://hubwarden.example.com"},
                                        {"HUBWARDEN_WORKSPACE", "agent-7"},
                                        {"TEAM", "red"}};
  EXPECT_EQ(boost::json::parse(booted.body).at("env"), expected) << "the plugin sees what was there";
  EXPECT_EQ(boot("agent-8").status, 404);
  EXPECT_EQ(github.mints(), 0);

  config.env.inject_token = true;
  ASSERT_TRUE(hubwarden->reload(config).has_value());
  const boost::json::value env = boost::json::parse(boot("agent-7").body).at("env");
  EXPECT_EQ(env.at("GH_TOKEN"), env.at("GITHUB_TOKEN"));
  EXPECT_EQ(github.mints(), 1);
  EXPECT_THAT(log.text(), Not(HasSubstr(std::string(env.at("GH_TOKEN").as_string()))));
  std::ofstream(directory / "team.env") << "no variable\n";
  const Answer refused = boot("agent-7");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("provider 'team': its file has a line that is not NAME=value"));
  EXPECT_EQ(hubwarden->stop(), 0U);
  EXPECT_FALSE(hubwarden->is_held_by_plugins());
}

TEST_F(WiringTest, TellsWorkspacesWhereItListensWhenItIsNotToldMore) {
  const auto told = [this](config::Config config) {
    start(std::move(config));
    const Answer booted = boot("agent-7");
    hubwarden->stop();
    hubwarden.reset();
    return booted.body;
  };
  start(usual());
  register_agent_7();
  hubwarden->stop();
  EXPECT_THAT(told(usual()), HasSubstr("env.url is not set")) << "whose port is not known before";
  config::Config on_socket = usual();
  on_socket.listen.unix_sockets = {directory / "hw.sock"};
  EXPECT_THAT(told(on_socket), HasSubstr("unix:" + (directory / "hw.sock")));
}

TEST_F(WiringTest, HandsOutAPluginsTokensWhereThereIsNoApp) {
  std::ofstream(directory / "token") << "tok_0123456789\n4102444800\n";
  config::Config config = usual();
  config.plugins = {example("")};
  config.plugins.front().options.emplace_back("token_file", directory / "token");
  config.plugins.front().hosts = {"ghe.example.com"};
  start(std::move(config));
  const std::string path = std::string(kTokenOfWidgets) + "&host=ghe.example.com";
  const Answer given = get(path);
  EXPECT_EQ(given.status, 200) << given.body;
  EXPECT_EQ(given.token(), "tok_0123456789");
  EXPECT_THAT(given.body, HasSubstr(R"("source":"plugin")"));
  EXPECT_EQ(get(std::string(kTokenOfWidgets) + "&host=other.example.com").status, 404);
  std::ofstream(directory / "token") << "tok_0123456789\n1700000000\n";
  const Answer expired = get(path);
  EXPECT_EQ(expired.status, 500);
  EXPECT_THAT(expired.body, HasSubstr("provider 'team': it gave a token that has expired"));
  EXPECT_THAT(log.text(), Not(HasSubstr("tok_0123456789")));
}

TEST_F(WiringTest, KeepsItsPluginsOverAReloadAndSaysSo) {
  config::Config config = usual();
  config.env.url = "https://hubwarden.example.com";
  config.plugins = {example("TEAM=red\n")};
  start(config);
  register_agent_7();
  config.plugins.clear();
  ASSERT_TRUE(hubwarden->reload(config).has_value());
  EXPECT_EQ(log.count("server.needs_restart"), 1U);
  EXPECT_THAT(boot("agent-7").body, HasSubstr("red"));
}

TEST_F(WiringTest, StartsWithNeitherAppNorOperatorAndSaysSo) {
  config::Config bare = usual();
  bare.apps.clear();
  bare.admin.token = SharedSecret();
  start(std::move(bare));
  EXPECT_EQ(log.count("server.no_admin_token"), 1U);
  EXPECT_EQ(log.count("server.no_app"), 1U);
  EXPECT_EQ(get(kTokenOfWidgets).status, 401);
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(WiringTest, DoesNotStartWithWhatCannotWork) {
  config::Config bad_key = usual();
  bad_key.apps.front().private_key = SharedSecret();
  config::Config bad_records = usual();
  bad_records.records.path = directory.path();
  config::Config bad_tls = usual();
  bad_tls.listen.tls = config::TlsFiles{directory / "none.crt", directory / "none.key"};
  config::Config two_urls = usual();
  two_urls.apps.push_back(two_urls.apps.front());
  two_urls.apps.back().host = *github::Host::parse(github.url() + "/api/v3");
  config::Config no_plugin = usual();
  no_plugin.plugins = {example("")};
  no_plugin.plugins.front().path = directory / "none.so";
  const std::pair<const char*, config::Config> rows[] = {{"key", bad_key},
                                                         {"records", bad_records},
                                                         {"certificate", bad_tls},
                                                         {"two addresses", two_urls},
                                                         {"plugin", no_plugin}};
  for (const auto& [what, config] : rows) EXPECT_FALSE(Wiring::start(config, log).has_value()) << what;
}

}  // namespace
}  // namespace hubwarden::apps

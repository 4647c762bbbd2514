#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/fake_files.h"
#include "config/schema.h"

namespace hubwarden::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kKey = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
constexpr std::string_view kStrong = "0123456789abcdef0123456789abcdef";

std::vector<std::string> texts(const std::vector<Problem>& problems) {
  std::vector<std::string> all;
  for (const Problem& problem : problems) all.push_back(problem.text());
  return all;
}

class Load : public testing::Test {
 protected:
  Load() { files_.add("/key.pem", std::string(kKey) + "\n"); }

  std::expected<Loaded, std::vector<Problem>> load_text(std::string yaml) {
    files_.add("hubwarden.yaml", std::move(yaml));
    return load(Arguments{}, environment_, files_);
  }
  Config config_of(std::string yaml) {
    auto loaded = load_text(std::move(yaml));
    if (!loaded) {
      ADD_FAILURE() << testing::PrintToString(texts(loaded.error()));
      return {};
    }
    return loaded->config;
  }
  std::vector<std::string> problems_of(std::string yaml) {
    const auto loaded = load_text(std::move(yaml));
    return loaded ? std::vector<std::string>() : texts(loaded.error());
  }
  std::vector<std::string> warnings_of(std::string yaml) {
    const auto loaded = load_text(std::move(yaml));
    return loaded ? texts(loaded->warnings) : texts(loaded.error());
  }

  Environment environment_;
  FakeFiles files_;
};

TEST_F(Load, GivesTheDefaultsWithoutAnyFile) {
  const auto loaded = load(Arguments{}, environment_, files_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->path, std::nullopt);
  EXPECT_THAT(loaded->config.apps, IsEmpty());
  EXPECT_THAT(loaded->config.listen.tcp, ElementsAre(TcpAddress{.host = "127.0.0.1", .port = 8080}));
  EXPECT_EQ(loaded->config.tokens.refresh_ahead, 10min);
  EXPECT_THAT(texts(loaded->warnings),
              ElementsAre(HasSubstr("admin.token is not set"), HasSubstr("no GitHub App")));
}

TEST_F(Load, ReadsEverySection) {
  files_.add("/admin", std::string(kStrong) + "\n");
  environment_["STATIC"] = "ghp_static";
  const Config config = config_of(R"(
listen:
  tcp: ["127.0.0.1:9000", "[::1]:0"]
  unix: [/run/hubwarden.sock]
  unix_mode: "0600"
  unix_allowed_uids: [1000, 0]
  tls: {certificate: /c.pem, key: /k.pem}
github: {app_id: 42, private_key: file:/key.pem, installation_id: 7, no_proxy: [.Local], request_timeout: 3s}
tokens: {refresh_ahead: 20m, refresh_before_use: 4m, floor: 30s, keep_warm: 0s, max_entries: 5}
fallback: {token: env:STATIC, repositories: [Acme/Widgets.git], allow_writes: true}
admin: {token: file:/admin, permissions: "contents:read,issues:write"}
records: {path: /var/lib/hubwarden/records.db}
log: {format: json, level: warning}
limits: {body_bytes: 64KiB, threads: 3}
)");
  EXPECT_EQ(config.listen.tcp.back(), (TcpAddress{.host = "::1", .port = 0}));
  EXPECT_THAT(config.listen.unix_sockets, ElementsAre("/run/hubwarden.sock"));
  EXPECT_EQ(config.listen.unix_mode, 0600u);
  EXPECT_THAT(config.listen.unix_allowed_uids, ElementsAre(1000u, 0u));
  EXPECT_EQ(config.listen.tls->key, "/k.pem");
  ASSERT_EQ(config.apps.size(), 1u);
  EXPECT_EQ(config.apps[0].issuer, "42");
  EXPECT_EQ(config.apps[0].private_key->reveal(), kKey);
  EXPECT_EQ(config.apps[0].installation_id, InstallationId(7));
  EXPECT_EQ(config.apps[0].host.name(), "github.com");
  EXPECT_THAT(config.outbound.no_proxy, ElementsAre(".local"));
  EXPECT_EQ(config.outbound.request_timeout, 3s);
  EXPECT_EQ(config.tokens.floor, 30s);
  EXPECT_EQ(config.tokens.keep_warm, 0s);
  EXPECT_EQ(config.tokens.max_entries, 5u);
  EXPECT_EQ(config.fallback.token->reveal(), "ghp_static");
  EXPECT_EQ(config.fallback.repositories.at(0).key(), "acme/widgets");
  EXPECT_TRUE(config.fallback.allow_writes);
  EXPECT_EQ(config.admin.token->reveal(), kStrong);
  EXPECT_EQ(config.admin.permissions->text(), "contents:read,issues:write");
  EXPECT_EQ(config.records.path, "/var/lib/hubwarden/records.db");
  EXPECT_EQ(config.log.format, obs::LogFormat::kJson);
  EXPECT_EQ(config.log.level, obs::Severity::kWarning);
  EXPECT_EQ(config.limits.body_bytes, 65536u);
}

TEST_F(Load, ReadsSeveralAppsAndHosts) {
  const Config config = config_of(R"(
github: {client_id: Iv1.abc, private_key: file:/key.pem}
apps:
  - {name: enterprise, host: github.example.com, app_id: 1, private_key: file:/key.pem}
  - {name: second, api_url: https://api.acme.ghe.com, app_id: 1, private_key: file:/key.pem, installation_id: 9}
)");
  ASSERT_EQ(config.apps.size(), 3u);
  EXPECT_EQ(config.apps[0].name, "default");
  EXPECT_EQ(config.apps[0].issuer, "Iv1.abc");
  EXPECT_EQ(config.apps[1].host.api(), "https://github.example.com/api/v3");
  EXPECT_EQ(config.apps[2].host.name(), "acme.ghe.com");
  EXPECT_EQ(config.apps[2].installation_id, InstallationId(9));
}

TEST_F(Load, ReadsPluginsInTheirOrderAndWhatWorkspacesAreTold) {
  const Config config = config_of(R"(
plugins:
  - name: team
    path: /usr/lib/hubwarden/plugins/env_file.so
    options: {file: /etc/team.env, colour: "red: dark"}
  - {name: vault, path: /opt/vault.so, hosts: [GHE.example.com]}
env:
  url: https://hubwarden.example.com:8443
  token_file: /run/hubwarden/token
  credential_config: /etc/hubwarden/credential
  inject_token: true
)");
  ASSERT_EQ(config.plugins.size(), 2U);
  EXPECT_EQ(config.plugins[0].name, "team");
  EXPECT_EQ(config.plugins[0].path, "/usr/lib/hubwarden/plugins/env_file.so");
  EXPECT_THAT(config.plugins[0].options,
              ElementsAre(testing::Pair("file", "/etc/team.env"), testing::Pair("colour", "red: dark")));
  EXPECT_THAT(config.plugins[0].hosts, IsEmpty());
  EXPECT_THAT(config.plugins[1].hosts, ElementsAre("ghe.example.com"));
  EXPECT_EQ(config.env.url, "https://hubwarden.example.com:8443");
  EXPECT_EQ(config.env.token_file, "/run/hubwarden/token");
  EXPECT_EQ(config.env.credential_config, "/etc/hubwarden/credential");
  EXPECT_TRUE(config.env.inject_token);
  EXPECT_THAT(config_of("plugins:\n").plugins, IsEmpty());
  EXPECT_FALSE(config_of("env: {url: 'unix:/run/hubwarden.sock'}\n").env.inject_token);
}

TEST_F(Load, LooksForTheFileInItsPlaces) {
  files_.add("/etc/hubwarden/hubwarden.yaml", "log: {level: error}");
  EXPECT_EQ(load(Arguments{}, {}, files_)->path, "/etc/hubwarden/hubwarden.yaml");
  files_.add("hubwarden.yaml", "");
  EXPECT_EQ(load(Arguments{}, {}, files_)->path, "hubwarden.yaml");
  files_.add("/other.yaml", "log: {level: debug}");
  const auto loaded = load(Arguments{.path = "/other.yaml"}, {}, files_);
  EXPECT_EQ(loaded->path, "/other.yaml");
  EXPECT_EQ(loaded->config.log.level, obs::Severity::kDebug);
  EXPECT_THAT(texts(load(Arguments{.path = "/none.yaml"}, {}, files_).error()),
              ElementsAre("/none.yaml: does not exist"));
}

TEST_F(Load, DoesNotPassOverAFileThatItCannotRead) {
  files_.add_error("hubwarden.yaml", FileError::kNotReadable).add("/etc/hubwarden/hubwarden.yaml", "");
  EXPECT_THAT(texts(load(Arguments{}, {}, files_).error()), ElementsAre("hubwarden.yaml: cannot be read"));
}

TEST_F(Load, NamesAnUnknownKeyWithItsLineAndTheNearestOne) {
  EXPECT_THAT(problems_of("tokens:\n  keep_warm: 1m\n  flor: 30s\n"),
              ElementsAre("hubwarden.yaml:3: unknown key 'tokens.flor' (did you mean 'floor'?)"));
  EXPECT_THAT(problems_of("token:\n  floor: 30s\n"),
              ElementsAre("hubwarden.yaml:1: unknown key 'token' (did you mean 'tokens'?)"));
  EXPECT_THAT(problems_of("floor: 30s\n"),
              ElementsAre("hubwarden.yaml:1: unknown key 'floor' (did you mean 'tokens.floor'?)"));
  EXPECT_THAT(problems_of("listen:\n  tls:\n    cert: /c\n"),
              ElementsAre("hubwarden.yaml:3: unknown key 'listen.tls.cert'"));
  EXPECT_THAT(problems_of("apps:\n  - nam: x\n"),
              Contains("hubwarden.yaml:2: unknown key 'nam' (did you mean 'name'?)"));
  EXPECT_THAT(problems_of("plugin: []\n"),
              ElementsAre("hubwarden.yaml:1: unknown key 'plugin' (did you mean 'plugins'?)"));
  EXPECT_THAT(problems_of("plugins:\n  - {name: a, path: /a.so,\n     option: {}}\n"),
              ElementsAre("hubwarden.yaml:3: unknown key 'option' (did you mean 'options'?)"));
  EXPECT_THAT(problems_of("env: {inject: true}\n"),
              ElementsAre("hubwarden.yaml:1: unknown key 'env.inject'"));
  EXPECT_THAT(problems_of("<<: {a: 1}\n"), ElementsAre("hubwarden.yaml:1: unknown key '<<'"));
}

struct Wrong {
  const char* yaml;
  const char* problem;
};

class WrongValues : public Load, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongValues, AreNamedWithTheirLineAndWhatTheyShouldBe) {
  EXPECT_THAT(problems_of(GetParam().yaml), ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Load, WrongValues,
    testing::Values(
        Wrong{"tokens:\n  floor: 60\n",
              "hubwarden.yaml:2: tokens.floor '60' must be a duration with its unit, such as 500ms, 30s, 5m "
              "or 1h"},
        Wrong{"tokens: {floor: 0s}\n", "hubwarden.yaml:1: tokens.floor '0s' must be from 1s to 1h"},
        Wrong{"tokens: {floor: [1s]}\n", "hubwarden.yaml:1: 'tokens.floor' must be a single value"},
        Wrong{"tokens: {floor: }\n", "hubwarden.yaml:1: 'tokens.floor' must be a single value"},
        Wrong{"tokens: 5\n", "hubwarden.yaml:1: 'tokens' must be a map of keys"},
        Wrong{"listen: {tcp: 127.0.0.1:80}\n",
              "hubwarden.yaml:1: 'listen.tcp' must be a list, such as [one, two]"},
        Wrong{"listen: {tcp: [{a: b}]}\n", "hubwarden.yaml:1: 'listen.tcp' must be a list of texts"},
        Wrong{"listen: {tcp: [all:80]}\n",
              "hubwarden.yaml:1: listen.tcp: 'all:80' must be an IP address and a port, such as "
              "127.0.0.1:8080 or "
              "[::1]:8080"},
        Wrong{"listen: {tcp: [], unix: []}\n",
              "hubwarden.yaml:1: nothing to listen on: listen.tcp and listen.unix are empty"},
        Wrong{"listen: {tls: {key: /k}}\n", "hubwarden.yaml:1: listen.tls needs both certificate and key"},
        Wrong{"tokens:\n  floor: 5m\n",
              "hubwarden.yaml:2: tokens.floor (5m) must be less than tokens.refresh_before_use (5m)"},
        Wrong{
            "tokens:\n  refresh_before_use: 11m\n",
            "hubwarden.yaml:2: tokens.refresh_before_use (11m) must be less than tokens.refresh_ahead (10m)"},
        Wrong{"tokens:\n  refresh_ahead: 1h\n",
              "hubwarden.yaml:2: tokens.refresh_ahead must be less than 1h, the life of a token"},
        Wrong{"limits: {request_timeout: 40s}\n",
              "hubwarden.yaml:1: limits.request_timeout (40s) must be less than limits.write_timeout (30s)"},
        Wrong{"github: {app_id: 1}\n", "hubwarden.yaml:1: an App needs github.private_key"},
        Wrong{"github: {private_key: file:/key.pem}\n",
              "hubwarden.yaml:1: an App needs github.app_id or github.client_id"},
        Wrong{"github: {app_id: Iv1.a, private_key: file:/key.pem}\n",
              "hubwarden.yaml:1: github.app_id 'Iv1.a' must be the App's number; its client id belongs into "
              "client_id"},
        Wrong{"github: {api_url: 'http://ghes.example.com'}\n",
              "hubwarden.yaml:1: github.api_url 'http://ghes.example.com' must be an https URL such as "
              "https://api.github.com (http on loopback alone)"},
        Wrong{"github: {app_id: 1, private_key: file:/key.pem, host: a.example, api_url: "
              "'https://b.example'}\n",
              "hubwarden.yaml:1: github.host and github.api_url name different hosts; one of them is enough"},
        Wrong{"apps: {a: b}\n",
              "hubwarden.yaml:1: 'apps' must be a list of Apps, each with name, app_id and private_key"},
        Wrong{"apps: [x]\n", "hubwarden.yaml:1: an entry of 'apps' must be a map"},
        Wrong{
            "apps:\n- {name: a, app_id: 1, private_key: file:/key.pem}\n- {name: a, app_id: 2, private_key: "
            "file:/key.pem}\n",
            "hubwarden.yaml:3: a second App is named 'a'; each entry of apps needs a name of its own"},
        Wrong{
            "apps:\n- {name: a, app_id: 1, private_key: file:/key.pem}\n- {name: b, app_id: 1, private_key: "
            "file:/key.pem}\n",
            "hubwarden.yaml:3: App 1 of github.com is configured twice"},
        Wrong{"plugins: {name: a}\n",
              "hubwarden.yaml:1: 'plugins' must be a list of plugins, each with name and path"},
        Wrong{"plugins:\n- {name: a}\n", "hubwarden.yaml:2: a plugin needs name and path"},
        Wrong{"plugins:\n- {name: a, path: a.so}\n",
              "hubwarden.yaml:2: path 'a.so' must be a path that starts with /"},
        Wrong{"plugins:\n- {name: a, path: /a.so}\n- {name: a, path: /b.so}\n",
              "hubwarden.yaml:3: the name 'a' is taken; each entry of plugins needs a name of its own"},
        Wrong{"plugins:\n- {name: github-app, path: /a.so}\n",
              "hubwarden.yaml:2: the name 'github-app' is taken; each entry of plugins needs a name of its "
              "own"},
        Wrong{"plugins:\n- {name: a, path: /a.so, options: [b]}\n",
              "hubwarden.yaml:2: 'options' must be a map, such as {name: text}"},
        Wrong{"plugins:\n- {name: a, path: /a.so, options: {b: [c]}}\n",
              "hubwarden.yaml:2: 'options' must be a map of texts"},
        Wrong{"github: {app_id: 1, private_key: file:/key.pem}\nplugins:\n- {name: a, path: /a.so, hosts: "
              "[github.com]}\n",
              "hubwarden.yaml:3: plugin 'a' would never be asked for tokens of github.com: that host has an "
              "App"},
        Wrong{"env: {url: hubwarden.example.com}\n",
              "hubwarden.yaml:1: env.url 'hubwarden.example.com' must be an address such as "
              "https://hubwarden.example.com:8443 or unix:/run/hubwarden.sock"},
        Wrong{"env: {token_file: token}\n",
              "hubwarden.yaml:1: env.token_file 'token' must be a path that starts with /"},
        Wrong{"env: {inject_token: maybe}\n",
              "hubwarden.yaml:1: env.inject_token 'maybe' must be true or false"},
        Wrong{"log: {level: \"\x7f\"}\n", "hubwarden.yaml:1: holds a control character"},
        Wrong{"log: {level: loud}\n",
              "hubwarden.yaml:1: log.level 'loud' must be debug, info, warning or error"}));

TEST_F(Load, FindsAllProblemsAtOnce) {
  EXPECT_THAT(problems_of("tokens: {floor: x}\nlog: {format: xml}\nnope: 1\nadmin: {token: env:NONE}\n"),
              testing::UnorderedElementsAre(HasSubstr("tokens.floor"), HasSubstr("log.format"),
                                            HasSubstr("'nope'"), HasSubstr("NONE is not set")));
}

TEST_F(Load, NeverShowsASecretThatStandsInTheFile) {
  const std::string hidden = "ghp_ThisMustNotBeShown";
  for (const char* place : {"admin: {token: ", "fallback: {token: ", "github: {app_id: 1, private_key: ",
                            "admin: {token: env:", "github: {proxy: http://u:"}) {
    const auto problems = problems_of(place + hidden + "}\n");
    EXPECT_FALSE(problems.empty()) << place;
    EXPECT_THAT(problems, Not(Contains(HasSubstr(hidden)))) << place;
  }
  EXPECT_THAT(
      problems_of("admin: {token: " + hidden + "}\n"),
      ElementsAre("hubwarden.yaml:1: admin.token must be a reference, file:PATH or env:NAME: a secret does "
                  "not belong in the file itself"));
}

TEST_F(Load, WarnsOfASecretFileThatOthersMayRead) {
  files_.add_open_to_others("/open", std::string(kStrong));
  EXPECT_THAT(
      warnings_of("admin:\n  token: file:/open\n"),
      Contains("hubwarden.yaml:2: the secret file /open may be read by others; chmod 600 keeps it private"));
}

TEST_F(Load, WarnsOfATlsKeyThatOthersMayRead) {
  const std::string document = "listen:\n  tls:\n    certificate: /tls.crt\n    key: /tls.key\n";
  files_.add("/tls.key", "a key");
  EXPECT_THAT(warnings_of(document), Not(Contains(HasSubstr("may be read by others"))));
  files_.add_open_to_others("/tls.key", "a key");
  EXPECT_THAT(warnings_of(document), Contains("hubwarden.yaml:4: the secret file /tls.key may be read by "
                                              "others; chmod 600 keeps it private"));
}

TEST_F(Load, RefusesSecretsThatCannotBeUsed) {
  environment_["EMPTY"] = " \n";
  files_.add("/empty", "\n").add("/large", std::string(kMaxSecretBytes + 1, 'a')).add("/blank", "one two");
  files_.add_error("/folder", FileError::kNotAFile);
  struct Case {
    const char* reference;
    const char* message;
  };
  for (const Case& c :
       {Case{"file:/none", "the file /none does not exist"}, Case{"file:/empty", "the file /empty is empty"},
        Case{"file:/large", "the file /large is too large"},
        Case{"file:/folder", "the file /folder is not a regular file"},
        Case{"file:/blank", "characters that a header cannot carry"}, Case{"'file:'", "'file:' needs a path"},
        Case{"env:NONE", "the variable NONE is not set"}, Case{"env:EMPTY", "the variable EMPTY is empty"}}) {
    EXPECT_THAT(problems_of(std::string("admin: {token: ") + c.reference + "}\n"),
                ElementsAre(HasSubstr(c.message)));
  }
}

TEST_F(Load, TakesEveryKeyFromTheEnvironment) {
  for (const Key<Draft>& key : keys()) {
    const std::string name = variable_of(key.path);
    // An unfit value shows that the variable is read: it is named in the problem.
    const auto loaded = load(Arguments{}, {{name, std::string(300, '\x01')}}, files_);
    ASSERT_FALSE(loaded) << name;
    EXPECT_THAT(texts(loaded.error()), Contains(testing::StartsWith(name + ": "))) << name;
  }
}

TEST_F(Load, PutsTheEnvironmentOverTheFile) {
  environment_ = {{"HUBWARDEN_LOG_LEVEL", "error"},
                  {"HUBWARDEN_LISTEN_TCP", "127.0.0.1:1, [::1]:2,"},
                  {"HUBWARDEN_TOKENS_FLOOR", ""}};
  const Config config = config_of("log: {level: debug, format: json}\ntokens: {floor: 7s}\n");
  EXPECT_EQ(config.log.level, obs::Severity::kError);
  EXPECT_EQ(config.log.format, obs::LogFormat::kJson);
  EXPECT_EQ(config.listen.tcp.size(), 2u);
  EXPECT_EQ(config.tokens.floor, 7s) << "an empty variable is not set";
}

TEST_F(Load, KnowsTheUsualNamesWithoutAFile) {
  files_.add("/admin", std::string(kStrong));
  const Environment environment = {{"GITHUB_APP_ID", "42"},
                                   {"GITHUB_APP_PRIVATE_KEY_FILE", "/key.pem"},
                                   {"GITHUB_APP_INSTALLATION_ID", "7"},
                                   {"GITHUB_API_URL", "https://ghes.example.com/api/v3"},
                                   {"GITHUB_TOKEN", "ghp_x"},
                                   {"HUBWARDEN_ADMIN_TOKEN", std::string(kStrong)},
                                   {"HTTPS_PROXY", "http://u:p@proxy:3128"},
                                   {"NO_PROXY", "localhost,.local"}};
  const auto loaded = load(Arguments{}, environment, files_);
  ASSERT_TRUE(loaded) << testing::PrintToString(texts(loaded.error()));
  const Config& config = loaded->config;
  EXPECT_EQ(config.apps.at(0).issuer, "42");
  EXPECT_EQ(config.apps.at(0).host.name(), "ghes.example.com");
  EXPECT_EQ(config.apps.at(0).private_key->reveal(), kKey);
  EXPECT_EQ(config.apps.at(0).installation_id, InstallationId(7));
  EXPECT_EQ(config.fallback.token->reveal(), "ghp_x");
  EXPECT_EQ(config.admin.token->reveal(), kStrong);
  EXPECT_EQ(config.outbound.proxy->reveal(), "http://u:p@proxy:3128");
  EXPECT_THAT(config.outbound.no_proxy, ElementsAre("localhost", ".local"));
  EXPECT_THAT(texts(loaded->warnings),
              ElementsAre("GITHUB_TOKEN: fallback.repositories is empty, so the fallback token "
                          "is never used"));
}

TEST_F(Load, TakesAKeyWithEscapedLineEndsFromTheEnvironment) {
  std::string one_line(kKey);
  for (std::size_t at = 0; (at = one_line.find('\n', at)) != std::string::npos;)
    one_line.replace(at, 1, "\\n");
  const Environment environment = {{"GITHUB_APP_CLIENT_ID", "Iv1.abc"}, {"GITHUB_APP_PRIVATE_KEY", one_line}};
  const auto loaded = load(Arguments{}, environment, files_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.apps.at(0).private_key->reveal(), kKey);
}

TEST_F(Load, LetsAStrongerIdReplaceTheOtherKind) {
  environment_["GITHUB_APP_ID"] = "42";
  EXPECT_EQ(config_of("github: {client_id: Iv1.abc, private_key: file:/key.pem}\n").apps.at(0).issuer, "42");
  environment_["HUBWARDEN_GITHUB_CLIENT_ID"] = "Iv1.own";
  EXPECT_EQ(config_of("github: {private_key: file:/key.pem}\n").apps.at(0).issuer, "Iv1.own");
}

TEST_F(Load, DoesNotReadASecretThatTheEnvironmentReplaces) {
  environment_["HUBWARDEN_ADMIN_TOKEN"] = std::string(kStrong);
  EXPECT_EQ(config_of("admin: {token: file:/gone}\n").admin.token->reveal(), kStrong);
}

TEST_F(Load, FollowsAReferenceInTheEnvironment) {
  files_.add("/admin", std::string(kStrong));
  environment_["HUBWARDEN_ADMIN_TOKEN"] = "file:/admin";
  EXPECT_EQ(config_of("").admin.token->reveal(), kStrong);
}

TEST_F(Load, WarnsOfAnInjectedToken) {
  EXPECT_THAT(
      warnings_of("env:\n  inject_token: true\n"),
      Contains(
          "hubwarden.yaml:2: env.inject_token: GH_TOKEN and GITHUB_TOKEN override every later login in a "
          "workspace, and die after an hour"));
}

TEST_F(Load, WarnsOfWhatWorksButShouldNotStaySo) {
  environment_ = {
      {"HUBWARDEN_TOKENS_FLOR", "1s"}, {"HUBWARDEN_PORT_8080_TCP_ADDR", "10.0.0.1"}, {"A", "short"}};
  EXPECT_THAT(
      warnings_of("listen: {tcp: ['0.0.0.0:80']}\nadmin: {token: env:A}\n"),
      ElementsAre("HUBWARDEN_TOKENS_FLOR: is not read (did you mean 'HUBWARDEN_TOKENS_FLOOR'?)",
                  "hubwarden.yaml:1: listens on 0.0.0.0 without TLS: tokens cross the network in the clear",
                  HasSubstr("admin.token is shorter than 32 characters"), HasSubstr("no GitHub App")));
}

}  // namespace
}  // namespace hubwarden::config

// docs/configuration.md and the schema say the same.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/fake_files.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/settings.h"

namespace hubwarden::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string page() {
  std::ifstream file(HUBWARDEN_DOCS "/configuration.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

// The first shows nearly everything; others show what excludes something of it.
std::vector<std::string> examples() {
  const std::string text = page();
  const std::string fence = "```yaml\n";
  std::vector<std::string> all;
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    all.push_back(text.substr(at, text.find("```", at) - at));
  }
  return all;
}

FileSettings example_settings() {
  std::vector<Problem> problems;
  FileSettings shown;
  for (const std::string& example : examples()) {
    const auto root = parse_document(example, "example");
    if (!root) continue;
    FileSettings more = settings_of_file(*root, "example", problems);
    shown.settings.merge(more.settings);
    if (shown.apps.empty()) shown.apps = std::move(more.apps);
    if (shown.plugins.empty()) shown.plugins = std::move(more.plugins);
  }
  return shown;
}

// What the example's references mean.
std::expected<Loaded, std::vector<Problem>> load_example(const std::string& example) {
  const std::string token(32, 't');
  FakeFiles files;
  files.add("example", example)
      .add("/etc/hubwarden/app.pem", "PEM")
      .add("/etc/hubwarden/enterprise.pem", "PEM");
  files.add("/etc/hubwarden/static-token", token).add("/etc/hubwarden/admin-token", token);
  files.add("/etc/hubwarden/approvals-secret", token);
  files.add("/etc/hubwarden/webhook-secret", token).add("/etc/hubwarden/webhook-secret.old", token);
  files.add("/etc/hubwarden/redis-password", token).add("/etc/hubwarden/seal-key", token);
  files.add("/etc/hubwarden/sentinel-password", token);
  files.add("/etc/hubwarden/records-password", token).add("/etc/hubwarden/session-key", token);
  files.add("/etc/hubwarden/policy.yaml", "version: 1\nrules: []\n");
  files.add("/etc/hubwarden/policy-to-be.yaml", "version: 1\nrules: []\n");
  const Environment environment = {{"COMPANY_PROXY", "http://proxy:3128"}, {"TENANT_KEY", "PEM"}};
  return load(Arguments{.path = "example"}, environment, files);
}

TEST(ConfigurationPage, HasAnExampleWithoutProblemsOrWarnings) {
  const auto loaded = load_example(examples().front());
  ASSERT_TRUE(loaded) << loaded.error().front().text();
  EXPECT_THAT(loaded->warnings, IsEmpty());
  EXPECT_EQ(loaded->config.apps.size(), 3u);
}

TEST(ConfigurationPage, HasNoExampleWithProblems) {
  for (const std::string& example : examples()) {
    const auto loaded = load_example(example);
    EXPECT_TRUE(loaded) << loaded.error().front().text() << " in " << example;
  }
}

TEST(ConfigurationPage, DescribesEveryKeyAndShowsItInTheExample) {
  const std::string text = page();
  const FileSettings shown = example_settings();
  for (const Key<Draft>& key : keys()) {
    EXPECT_THAT(text, HasSubstr("`" + key.path + "`")) << "not in a table";
    EXPECT_TRUE(shown.settings.contains(key.path)) << key.path << " is not in the example";
  }
  for (const Key<AppDraft>& key : app_keys()) {
    EXPECT_THAT(text, HasSubstr("`" + key.path + "`"));
    EXPECT_TRUE(std::ranges::any_of(shown.apps, [&](const EntrySettings& app) {
      return app.settings.contains(key.path);
    })) << key.path;
  }
  for (const Key<PluginDraft>& key : plugin_keys()) {
    EXPECT_THAT(text, HasSubstr("`" + key.path + "`"));
    EXPECT_TRUE(std::ranges::any_of(shown.plugins, [&](const EntrySettings& plugin) {
      return plugin.settings.contains(key.path);
    })) << key.path;
  }
}

// The first cells of a table's row: "| `tokens.floor` | `60s` | …".
struct Row {
  std::string key;
  std::string default_text;
};

std::vector<Row> rows_with_defaults() {
  std::vector<Row> rows;
  const std::string text = page();
  for (std::size_t at = text.find("\n| `"); at != std::string::npos; at = text.find("\n| `", at + 1)) {
    const std::size_t key = at + 4;
    const std::size_t key_end = text.find('`', key);
    if (text.compare(key_end, 5, "` | `") != 0) continue;
    const std::size_t value = key_end + 5;
    rows.push_back({text.substr(key, key_end - key), text.substr(value, text.find('`', value) - value)});
  }
  return rows;
}

// With an App, so that the defaults of its host are there to be compared.
Config config_with(Environment environment) {
  environment.emplace("GITHUB_APP_ID", "1");
  environment.emplace("GITHUB_APP_PRIVATE_KEY", "PEM");
  auto loaded = load(Arguments{}, environment, FakeFiles());
  if (!loaded) {
    ADD_FAILURE() << loaded.error().front().text();
    return {};
  }
  loaded->config.apps.front().private_key = SharedSecret();
  return std::move(loaded->config);
}

TEST(ConfigurationPage, NamesTheTrueDefaults) {
  const Config defaults = config_with({});
  std::size_t checked = 0;
  for (const Row& row : rows_with_defaults()) {
    if (row.key.find('.') == std::string::npos) continue;
    ASSERT_TRUE(std::ranges::any_of(keys(), [&](const Key<Draft>& key) { return key.path == row.key; }))
        << row.key;
    EXPECT_EQ(config_with({{variable_of(row.key), row.default_text}}), defaults) << row.key;
    ++checked;
  }
  EXPECT_GE(checked, 20u);
}

}  // namespace
}  // namespace hubwarden::config

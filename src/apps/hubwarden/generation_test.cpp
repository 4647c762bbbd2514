#include "apps/hubwarden/generation.h"

#include <gtest/gtest.h>

namespace hubwarden::apps {
namespace {

using namespace std::chrono_literals;

SharedSecret secret(std::string_view text) {
  return SharedSecret(text);
}

// Made anew at each call, as each reading of the files does.
config::Config some() {
  config::App app;
  app.issuer = "1";
  app.private_key = secret("key");
  config::Config config;
  config.apps = {app};
  config.outbound.proxy = secret("http://proxy:3128");
  config.fallback.token = secret("ghp_x");
  config.fallback.repositories = {*policy::Repository::parse("acme/docs")};
  config.admin.token = secret("admin");
  return config;
}

TEST(SameGitHub, IsSeenThroughNewCopiesAndOtherSections) {
  EXPECT_TRUE(same_github(some(), some()));
  config::Config other = some();
  other.admin.token = secret("another");
  other.webhooks.secrets = {secret("another")};
  other.admin.permissions = *policy::PermissionSet::parse("contents:read");
  other.listen.tcp.clear();
  other.limits.request_timeout = 5s;
  other.log.level = obs::Severity::kDebug;
  other.apps.front().installation_id = InstallationId(9);
  EXPECT_TRUE(same_github(some(), other));
}

TEST(SameGitHub, IsLostByWhateverMattersToItsTokens) {
  using Change = void (*)(config::Config&);
  const std::pair<const char*, Change> rows[] = {
      {"host", [](config::Config& c) { c.apps[0].host = *github::Host::parse("https://ghe.example.com"); }},
      {"issuer", [](config::Config& c) { c.apps[0].issuer = "2"; }},
      {"key", [](config::Config& c) { c.apps[0].private_key = secret("other key"); }},
      {"no key", [](config::Config& c) { c.apps[0].private_key = SharedSecret(); }},
      {"one App more", [](config::Config& c) { c.apps.push_back(c.apps[0]); }},
      {"no App", [](config::Config& c) { c.apps.clear(); }},
      {"authorities", [](config::Config& c) { c.outbound.ca_file = "ca.pem"; }},
      {"proxy", [](config::Config& c) { c.outbound.proxy = secret("http://other:3128"); }},
      {"no proxy", [](config::Config& c) { c.outbound.proxy = SharedSecret(); }},
      {"direct hosts", [](config::Config& c) { c.outbound.no_proxy = {"*"}; }},
      {"connecting", [](config::Config& c) { c.outbound.connect_timeout = 1s; }},
      {"mint timeout", [](config::Config& c) { c.outbound.request_timeout = 1s; }},
      {"threshold", [](config::Config& c) { c.tokens.refresh_ahead = 11min; }},
      {"second threshold", [](config::Config& c) { c.tokens.refresh_before_use = 4min; }},
      {"floor", [](config::Config& c) { c.tokens.floor = 1s; }},
      {"keep warm", [](config::Config& c) { c.tokens.keep_warm = 1min; }},
      {"size", [](config::Config& c) { c.tokens.max_entries = 10; }},
      {"fallback token", [](config::Config& c) { c.fallback.token = secret("ghp_y"); }},
      {"fallback list", [](config::Config& c) { c.fallback.repositories.clear(); }},
      {"polling", [](config::Config& c) { c.webhooks.poll_deliveries = 1min; }},
      {"fallback writes", [](config::Config& c) { c.fallback.allow_writes = true; }},
  };
  for (const auto& [what, change] : rows) {
    config::Config changed = some();
    change(changed);
    EXPECT_FALSE(same_github(some(), changed)) << what;
    EXPECT_FALSE(same_github(changed, some())) << what;
  }
}

}  // namespace
}  // namespace hubwarden::apps

#include "rules/rule_text.h"

#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

using namespace std::chrono_literals;

TEST(RuleText, IsAsAPersonWouldWriteIt) {
  EXPECT_EQ(text_of(who_of("a", {{"namespace", "agents"}, {"account", "x-*"}})),
            "issuer a, account x-*, namespace agents");
  EXPECT_EQ(text_of(who_of("a", {})), "issuer a");
  Limits limits;
  EXPECT_EQ(text_of(limits), "");
  limits.concurrent = 8;
  limits.requests = Quota{500, 1h};
  limits.bytes = Quota{100 << 20, std::nullopt};
  EXPECT_EQ(text_of(limits), "concurrent 8, requests 500/h, bytes 100MiB");
  limits.bytes = Quota{1500, 24h};
  EXPECT_EQ(text_of(limits), "concurrent 8, requests 500/h, bytes 1500/d");
  EXPECT_EQ(text_of(Consent{{"b", "a"}, 90s}), "of a or b within 90s");
  SessionTerms terms;
  EXPECT_EQ(text_of(terms), "");
  terms = {15min, "{service_account}", "acme"};
  EXPECT_EQ(text_of(terms), "ttl 15m, agent {service_account}, tenant acme");
  EXPECT_EQ(text_of(ask_to("create_issue", "a/b").wanted), "create_issue");
  EXPECT_EQ(text_of(ask_for("issues:write,contents:read", "a/b").wanted),
            "a token of contents:read,issues:write");
  EXPECT_EQ(texts_of(*RepositoryPatterns::parse({"!acme/s-*", "b/*", "a/*"})),
            (std::vector<std::string>{"a/*", "b/*", "!acme/s-*"}));
}

TEST(RuleText, ListsAFewAndCountsTheRest) {
  EXPECT_EQ(listed({}, 2), "");
  EXPECT_EQ(listed({"a"}, 2), "a");
  EXPECT_EQ(listed({"a", "b"}, 2), "a and b");
  EXPECT_EQ(listed({"a", "b", "c"}, 3), "a, b and c");
  EXPECT_EQ(listed({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

}  // namespace
}  // namespace hubwarden::rules

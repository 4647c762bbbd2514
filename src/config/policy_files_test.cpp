#include "config/policy_files.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/fake_files.h"
#include "rules/rules_fixture.h"

namespace hubwarden::config {
namespace {

using rules::ask_for;
using rules::ask_to;
using rules::caller_of;
using rules::Grant;
using rules::Verdict;

constexpr std::string_view kIssuers =
    "version: 1\nissuers:\n  a: {url: https://a.example.com, audience: x}\n"
    "ceiling: {permissions: {contents: read, metadata: read}, never: [repos/delete]}\n";
constexpr std::string_view kReaders =
    "version: 1\nrules:\n"
    "  - {name: readers, who: {issuer: a}, repositories: ['acme/*'], may: [{operations: [read]}]}\n";
constexpr std::string_view kTokens =
    "version: 1\nrules:\n"
    "  - {name: tokens, who: {issuer: a}, repositories: ['acme/*'], may: [{token: {contents: write}}]}\n";

FakeFiles folder() {
  FakeFiles files;
  files.add("policy.d/10-issuers.yaml", std::string(kIssuers));
  files.add("policy.d/20-readers.yml", std::string(kReaders));
  return files;
}

Policy policy_in(const FakeFiles& files, const std::string& path) {
  auto policy = load_policy(path, files);
  if (!policy) {
    for (const Problem& problem : policy.error()) ADD_FAILURE() << problem.text();
    return {};
  }
  return *std::move(policy);
}

std::vector<std::string> problems_in(const FakeFiles& files, const std::string& path) {
  const auto policy = load_policy(path, files);
  std::vector<std::string> texts;
  if (!policy) std::ranges::transform(policy.error(), std::back_inserter(texts), &Problem::text);
  return texts;
}

TEST(PolicyFiles, AreOneFile) {
  FakeFiles files;
  files.add("policy.yaml", "version: 1\nrules: []\n");
  EXPECT_TRUE(policy_in(files, "policy.yaml").rules->rules().empty());
  files.add("policy.yaml", "version: 1\n");
  EXPECT_EQ(problems_in(files, "policy.yaml"),
            std::vector<std::string>{"policy.yaml:1: the policy needs 'rules'"});
}

TEST(PolicyFiles, AreThoseOfADirectoryTogether) {
  FakeFiles files = folder();
  files.add("policy.d/30-tokens.yaml", std::string(kTokens));
  const Policy policy = policy_in(files, "policy.d");
  ASSERT_EQ(policy.rules->rules().size(), 2U);
  EXPECT_EQ(policy.rules->rules()[0].name, "readers") << "in the order of the names";
  const Grant grant = Grant::of(policy.rules, caller_of("a", {}));
  EXPECT_EQ(grant.decide(ask_to("repos/get-content", "acme/widgets")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(ask_for("contents:read", "acme/widgets")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(ask_for("contents:write", "acme/widgets")).verdict, Verdict::kRefuse)
      << "the ceiling of one file is all files'";
  EXPECT_TRUE(problems_in(files, "policy.d/").empty());
}

TEST(PolicyFiles, AreNotWhatElseStandsBesideThem) {
  FakeFiles files = folder();
  for (const char* name : {"README.md", "policy.yaml.bak", ".20-readers.yaml.swp", ".hidden.yaml"}) {
    files.add(std::string("policy.d/") + name, "not: [a policy");
  }
  EXPECT_EQ(policy_in(files, "policy.d").rules->rules().size(), 1U);
}

TEST(PolicyFiles, SayWhichCannotBeRead) {
  FakeFiles files = folder();
  files.add("policy.d/30.yaml", "").add_error("policy.d/30.yaml", FileError::kNotReadable);
  files.add("empty/README.md", "");
  files.add("pipe", "").add_error("pipe", FileError::kNotAFile);
  files.add("large.yaml", std::string((1 << 20) + 1, ' '));
  for (int i = 0; i <= 256; ++i) files.add("many/" + std::to_string(i) + ".yaml", "version: 1\n");
  const struct {
    std::string path, says;
  } cases[] = {
      {"none", "none: does not exist"},
      {"large.yaml", "large.yaml: is too large"},
      {"policy.d", "policy.d/30.yaml: cannot be read"},
      {"empty", "empty: holds no *.yaml and no *.yml"},
      {"many", "many: holds more than 256 files"},
  };
  for (const auto& c : cases) EXPECT_EQ(problems_in(files, c.path), std::vector{c.says});
}

TEST(PolicyFiles, SayInWhichFileAndOnWhichLine) {
  const std::string issuer = "version: 1\nissuers:\n\n  a: {url: https://b.example.com, audience: x}\n";
  const std::string operators = "version: 1\noperators:\n  people: {issuer: a, groups: [g]}\n";
  const std::string never =
      "version: 1\nrules:\n  - name: other\n    who: {issuer: a}\n    may: []\n\n"
      "  - {name: deleters, who: {issuer: a}, may: [{token: {administration: write}}]}\n";
  const struct {
    std::string name, text, says;
  } cases[] = {
      {"30.yaml", "version: 2\n", "policy.d/30.yaml:1: version '2' is not known: this is version 1"},
      {"30.yaml", "rules: []\n", "policy.d/30.yaml:1: the policy needs 'version'"},
      {"30.yaml", "version: 1\nrules: [\n", "policy.d/30.yaml:"},
      {"30.yaml", "", "policy.d/30.yaml: the policy must be a map"},
      {"30.yaml", issuer,
       "policy.d/30.yaml:4: issuer 'a': there is another one of that name, at policy.d/10-issuers.yaml:3"},
      {"05.yaml", issuer,
       "policy.d/10-issuers.yaml:3: issuer 'a': there is another one of that name, at policy.d/05.yaml:4"},
      {"30.yaml", std::string(kReaders),
       "policy.d/30.yaml:3: rule 'readers': there is another one of that name, at policy.d/20-readers.yml:3"},
      {"30.yaml", "version: 1\n\nceiling: {never: []}\n",
       "policy.d/30.yaml:3: there is a ceiling already, at policy.d/10-issuers.yaml:4"},
      {"30.yaml", "version: 1\nrules:\n  - {name: x, who: {issuer: b}, may: []}\n",
       "policy.d/30.yaml:3: no issuer is called 'b'"},
      {"30.yaml", "version: 1\noperators:\n  people: {issuer: b, groups: [g]}\n",
       "policy.d/30.yaml:3: no issuer is called 'b'"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.says);
    FakeFiles files = folder();
    files.add("policy.d/" + c.name, c.text);
    const std::vector<std::string> problems = problems_in(files, "policy.d");
    ASSERT_FALSE(problems.empty());
    EXPECT_TRUE(problems.front().starts_with(c.says)) << problems.front();
  }
  FakeFiles files = folder();
  files.add("policy.d/10-issuers.yaml",
            "version: 1\nissuers:\n  a: {url: https://a.example.com, audience: x}\n"
            "ceiling: {never: [repos/delete]}\n");
  files.add("policy.d/30.yaml", never);
  EXPECT_TRUE(problems_in(files, "policy.d").front().starts_with("policy.d/30.yaml:7: rule \"deleters\""));
  files.add("policy.d/40.yaml", operators).add("policy.d/50.yaml", operators);
  EXPECT_EQ(
      problems_in(files, "policy.d").back(),
      "policy.d/50.yaml:3: operators 'people': there is another one of that name, at policy.d/40.yaml:3");
}

TEST(PolicyFiles, NeedRulesInOneOfThem) {
  FakeFiles files;
  files.add("policy.d/10-issuers.yaml", std::string(kIssuers)).add("policy.d/20.yaml", "version: 1\n");
  EXPECT_EQ(
      problems_in(files, "policy.d"),
      std::vector<std::string>{"policy.d/10-issuers.yaml: neither this file nor another one has 'rules'"});
}

TEST(PolicyFiles, BlameNoRuleForACeilingThatCannotBeRead) {
  FakeFiles files = folder();
  files.add("policy.d/10-issuers.yaml",
            "version: 1\nissuers:\n  a: {url: https://a.example.com, audience: x}\n"
            "ceiling: {permissions: {content: read}, never: [repos/delete]}\n");
  files.add("policy.d/30.yaml",
            "version: 1\nrules:\n  - {name: x, who: {issuer: a}, may: [{token: {administration: write}}]}\n");
  const std::vector<std::string> problems = problems_in(files, "policy.d");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(problems.front().starts_with("policy.d/10-issuers.yaml:4: GitHub has no permission"));
}

}  // namespace
}  // namespace hubwarden::config

// The policies that a configuration names.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/fake_files.h"
#include "config/load.h"

namespace hubwarden::config {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string policy_with(std::string_view rule) {
  return "version: 1\nissuers:\n  ci: {url: https://ci, audience: x}\nrules:\n  - {name: " +
         std::string(rule) + ", who: {issuer: ci}, may: [{operations: [read]}]}\n";
}

class PolicySourceTest : public ::testing::Test {
 protected:
  PolicySourceTest() {
    files.add("present", policy_with("present")).add("trial", policy_with("trial"));
    files.add("key", std::string(32, 'k'));
  }

  std::expected<Loaded, std::vector<Problem>> load_with(std::string_view policy) {
    files.add("file", "sessions: {keys: [file:key]}\npolicy: {" + std::string(policy) + "}\n");
    return load(Arguments{.path = "file"}, {}, files);
  }
  std::string problem_with(std::string_view policy) {
    const auto loaded = load_with(policy);
    EXPECT_FALSE(loaded);
    if (loaded) return "";
    EXPECT_THAT(loaded.error(), SizeIs(1));
    return loaded.error().front().text();
  }

  FakeFiles files;
};

TEST_F(PolicySourceTest, AreTheOneInForceAndTheOneOnTrial) {
  const auto loaded = load_with("path: present, trial: trial");
  ASSERT_TRUE(loaded) << loaded.error().front().text();
  EXPECT_EQ(loaded->config.policy.policy->rules->rules().front().name, "present");
  EXPECT_EQ(loaded->config.policy.trial->rules->rules().front().name, "trial");
}

TEST_F(PolicySourceTest, AreOneUnlessAnotherIsTried) {
  const auto loaded = load_with("path: present");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.policy.trial, nullptr);
}

TEST_F(PolicySourceTest, AreBothReadAsStrictly) {
  files.add("wrong", "version: 1\nrule: []\nrules: []\n");
  EXPECT_THAT(problem_with("path: present, trial: wrong"), HasSubstr("wrong:2: the policy has no 'rule'"));
  EXPECT_THAT(problem_with("path: present, trial: nowhere"), HasSubstr("nowhere"));
}

TEST_F(PolicySourceTest, AreNotTriedWithoutOneInForce) {
  EXPECT_THAT(problem_with("trial: trial"), HasSubstr("file:2: policy.trial needs a policy.path"));
}

}  // namespace
}  // namespace hubwarden::config

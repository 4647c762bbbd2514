#include "apps/hubwarden/exec_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::apps {
namespace {

using ::testing::ElementsAre;

TEST(ExecVariables, HoldNoOtherHostsTokenWhereGhTakesItForGitHubs) {
  EXPECT_THAT(token_variables("github.com"), ElementsAre("GH_TOKEN", "GITHUB_TOKEN"));
  EXPECT_THAT(token_variables("github.example.com"),
              ElementsAre("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"));
  EXPECT_THAT(token_variables("127.0.0.1:8443"),
              ElementsAre("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"));
  EXPECT_EQ(token_variables("acme.ghe.com").size(), 4U);
}

TEST(ExecVariables, AreNames) {
  for (const char* name : {"GITHUB_TOKEN", "_x", "a1"}) EXPECT_TRUE(check_variable(name)) << name;
  for (const char* name : {"", "1a", "A=B", "A B", "PÄTH"}) EXPECT_FALSE(check_variable(name)) << name;
}

}  // namespace
}  // namespace hubwarden::apps

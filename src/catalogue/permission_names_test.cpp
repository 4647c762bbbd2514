#include "catalogue/permission_names.h"

#include <gtest/gtest.h>

#include "catalogue/operation.h"

namespace hubwarden::catalogue {
namespace {

TEST(PermissionNames, HaveAllThatOperationsNeed) {
  for (const Operation& operation : operations()) {
    for (const policy::PermissionSet& scope : operation.scopes()) {
      for (const auto& [name, level] : scope.levels()) EXPECT_TRUE(is_permission(name)) << name;
    }
  }
}

TEST(PermissionNames, TellASlipFromAName) {
  EXPECT_TRUE(is_permission("packages"));
  EXPECT_FALSE(is_permission("pull_request"));
  EXPECT_FALSE(is_permission("Contents"));
  EXPECT_EQ(near_permission("pull_request"), "pull_requests");
  EXPECT_EQ(near_permission("contnets"), "contents");
  EXPECT_EQ(near_permission("everything"), "");
}

}  // namespace
}  // namespace hubwarden::catalogue

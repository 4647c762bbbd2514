#include "auth/credential_text.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hubwarden::auth {
namespace {

TEST(Credential, Is256BitsThatCanBeWrittenInAHeader) {
  SeededRandom random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const Secret token = make_credential(kWorkspacePrefix, random);
    EXPECT_EQ(token.size(), 47U);
    EXPECT_TRUE(is_credential(kWorkspacePrefix, token.reveal()));
    EXPECT_TRUE(seen.emplace(token.reveal()).second);
  }
}

TEST(Credential, IsOfOneKind) {
  SeededRandom random(1);
  const Secret handle = make_credential(kHandlePrefix, random);
  EXPECT_TRUE(handle.reveal().starts_with("hwh_"));
  EXPECT_TRUE(is_credential(kHandlePrefix, handle.reveal()));
  EXPECT_FALSE(is_credential(kWorkspacePrefix, handle.reveal()));
  EXPECT_FALSE(is_credential(kHandlePrefix, handle.reveal().substr(0, 46)));
  EXPECT_FALSE(is_credential(kHandlePrefix, ""));
}

}  // namespace
}  // namespace hubwarden::auth

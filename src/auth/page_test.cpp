#include "auth/page.h"

#include <gtest/gtest.h>

#include <optional>

namespace hubwarden::auth {
namespace {

TEST(PageRequest, TakesOneToAHundredAndItsOwnCursors) {
  EXPECT_EQ(WorkspacePageRequest::parse(std::nullopt, std::nullopt)->limit(), 30U);
  EXPECT_EQ(WorkspacePageRequest::parse("1", std::nullopt)->limit(), 1U);
  EXPECT_EQ(WorkspacePageRequest::parse("100", std::nullopt)->limit(), 100U);
  for (const char* limit : {"", "0", "101", "-1", "+5", "ten", "1e2", "18446744073709551617"}) {
    EXPECT_FALSE(WorkspacePageRequest::parse(limit, std::nullopt)) << limit;
  }
  // An empty text, no base64url, a list of something else, an id that is none.
  for (const char* cursor : {"", "???", "dG9rZW46YQ", "d29ya3NwYWNlOg", "d29ya3NwYWNlOi4uLw"}) {
    const auto page = WorkspacePageRequest::parse(std::nullopt, cursor);
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().code(), ErrorCode::kInvalidRequest);
  }
}

TEST(PageRequest, RefusesTheCursorOfAnotherList) {
  const std::string workspace = make_cursor("workspace", "0123456789abcdef");
  const std::string handle = make_cursor("handle", "0123456789abcdef");
  EXPECT_TRUE(WorkspacePageRequest::parse(std::nullopt, workspace));
  EXPECT_EQ(HandlePageRequest::parse(std::nullopt, handle)->after(), store::HandleId(0x0123456789abcdef));
  EXPECT_FALSE(WorkspacePageRequest::parse(std::nullopt, handle));
  EXPECT_FALSE(HandlePageRequest::parse(std::nullopt, workspace));
}

}  // namespace
}  // namespace hubwarden::auth

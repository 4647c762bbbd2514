#include "tokens/token.h"

#include <gtest/gtest.h>

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;

Token token_for(const TokenCover& cover) {
  TokenFacts facts;
  facts.minted_at = TimePoint(100s);
  facts.expires_at = TimePoint(3700s);
  return Token(Secret("ghs_a.b-c"), "ghs_…0123456789ab", facts, cover);
}

TEST(Token, IsTheAnswerThatCallersGet) {
  TokenCover cover;
  cover.permissions = {{"contents", "write"}, {"metadata", "read"}};
  cover.repositories = {"acme/gadgets", "acme/Widgets"};
  const Token token = token_for(cover);
  EXPECT_EQ(token.answer().body(), R"({"token":"ghs_a.b-c","expires_at":"1970-01-01T01:01:40Z",)"
                                   R"("permissions":{"contents":"write","metadata":"read"},)"
                                   R"("repositories":["acme/gadgets","acme/Widgets"],"source":"app"})");
  EXPECT_EQ(token.reveal(), "ghs_a.b-c");
}

TEST(Token, TellsPeopleWhatItCovers) {
  TokenCover cover;
  EXPECT_EQ(token_for(cover).scope_text(), "*");
  cover.permissions = {{"contents", "write"}, {"metadata", "read"}};
  EXPECT_EQ(token_for(cover).scope_text(), "* contents:write,metadata:read");
  cover.repositories = {"acme/gadgets", "acme/Widgets"};
  EXPECT_EQ(token_for(cover).scope_text(), "acme/gadgets,acme/Widgets contents:write,metadata:read");
}

}  // namespace
}  // namespace hubwarden::tokens

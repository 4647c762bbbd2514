#include "base/token_text.h"

#include <gtest/gtest.h>

namespace hubwarden {
namespace {

TEST(TokenText, IsWhatHeadersAndJsonCarryAsItIs) {
  for (const std::string& text :
       {std::string("a"), std::string("!#$%&'()*+,/:;<=>?@[]^`{|}~"), std::string(kMaxToken, '~')})
    EXPECT_TRUE(is_token_text(text)) << text;
  for (const std::string& text : {std::string(), std::string("a b"), std::string("a\"b"), std::string("a\\b"),
                                  std::string("a\nb"), std::string("a\x7f"), std::string("\xc3\xa4"),
                                  std::string("a\0b", 3), std::string(kMaxToken + 1, 'a')})
    EXPECT_FALSE(is_token_text(text)) << text;
}

TEST(TokenText, IsTakenOutOfTextFromOutside) {
  EXPECT_EQ(without_tokens("no ghs_abc, github_pat_x or eyJh.eyJp.sig here, \"hww_1\", hwh_2; ghp_"),
            "no [token], [token] or [token] here, \"[token]\", [token]; ghp_");
  EXPECT_EQ(without_tokens("ghost towns, github.com and eyes"), "ghost towns, github.com and eyes");
  EXPECT_EQ(without_tokens(""), "");
}

}  // namespace
}  // namespace hubwarden

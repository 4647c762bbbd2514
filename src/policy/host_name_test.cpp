#include "policy/host_name.h"

#include <gtest/gtest.h>

#include <string>

#include "policy/priority.h"

namespace hubwarden::policy {
namespace {

TEST(HostName, IsReadInLowerCase) {
  EXPECT_EQ(HostName::parse("github.com")->text(), "github.com");
  EXPECT_EQ(HostName::parse("GHE.Example.com:8443")->text(), "ghe.example.com:8443");
  EXPECT_EQ(HostName::parse("[::1]:8080")->text(), "[::1]:8080");
  EXPECT_EQ(HostName::parse(std::string(HostName::kMaxSize, 'a'))->text().size(), HostName::kMaxSize);
}

TEST(HostName, IsNoUrlAndNothingThatEndsALine) {
  for (const std::string& text :
       {std::string(), std::string("https://github.com"), std::string("github.com/acme"), std::string("a b"),
        std::string("a\n"), std::string("a\0b", 3), std::string("a@b"), std::string("%41"),
        std::string("\xc3\xa4"), std::string(HostName::kMaxSize + 1, 'a')}) {
    const auto host = HostName::parse(text);
    ASSERT_FALSE(host) << text;
    EXPECT_EQ(host.error().code(), ErrorCode::kInvalidRequest) << text;
  }
}

TEST(Priority, IsReadAsItIsWritten) {
  for (const Priority priority : {Priority::kNormal, Priority::kBackground})
    EXPECT_EQ(parse_priority(to_string(priority)), priority);
  for (const char* text : {"", "Normal", "high", "background "}) EXPECT_FALSE(parse_priority(text)) << text;
}

}  // namespace
}  // namespace hubwarden::policy

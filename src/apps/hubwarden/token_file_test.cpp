#include "apps/hubwarden/token_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace hubwarden::apps {
namespace {

namespace fs = std::filesystem;

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(TokenFile, IsForItsOwnerAloneAndGoneWithIt) {
  std::string path;
  {
    Result<TokenFile> made = TokenFile::make();
    ASSERT_TRUE(made) << made.error().message();
    TokenFile file = std::move(*made);
    path = file.path();
    EXPECT_FALSE(fs::exists(path));
    ASSERT_TRUE(file.replace(Secret("first")));
    ASSERT_TRUE(file.replace(Secret("second")));
    EXPECT_EQ(content(path), "second");
    EXPECT_EQ(fs::status(path).permissions(), fs::perms(0600));
    EXPECT_EQ(fs::status(fs::path(path).parent_path()).permissions(), fs::perms(0700));
    file.clear();
    EXPECT_FALSE(fs::exists(path));
    ASSERT_TRUE(file.replace(Secret("third")));
  }
  EXPECT_FALSE(fs::exists(fs::path(path).parent_path()));
}

TEST(TokenFile, SaysWhenItCannotBeWritten) {
  Result<TokenFile> file = TokenFile::make();
  ASSERT_TRUE(file);
  fs::remove_all(fs::path(file->path()).parent_path());
  EXPECT_FALSE(file->replace(Secret("first")));
}

}  // namespace
}  // namespace hubwarden::apps

#include "config/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hubwarden::config {
namespace {

class SystemFilesTest : public testing::Test {
 protected:
  SystemFilesTest() : folder_(testing::TempDir() + "hubwarden-files-" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~SystemFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content, mode_t mode) const {
    std::string path = folder_ + "/" + name;
    std::ofstream(path) << content;
    chmod(path.c_str(), mode);
    return path;
  }

  std::string folder_;
  SystemFiles files_;
};

TEST_F(SystemFilesTest, ReadsAWholeFile) {
  const auto file = files_.read(write("key", "secret\n", 0600), 100);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->content, "secret\n");
  EXPECT_FALSE(file->open_to_others);
}

TEST_F(SystemFilesTest, SeesThatOthersMayRead) {
  EXPECT_TRUE(files_.read(write("group", "x", 0640), 100)->open_to_others);
  EXPECT_TRUE(files_.read(write("all", "x", 0604), 100)->open_to_others);
}

TEST_F(SystemFilesTest, RefusesWhatIsTooLarge) {
  const std::string path = write("key", "12345", 0600);
  EXPECT_TRUE(files_.read(path, 5));
  EXPECT_EQ(files_.read(path, 4).error(), FileError::kTooLarge);
}

TEST_F(SystemFilesTest, RefusesWhatIsNotAFile) {
  EXPECT_EQ(files_.read(folder_ + "/none", 100).error(), FileError::kMissing);
  EXPECT_EQ(files_.read(folder_, 100).error(), FileError::kNotAFile);
  EXPECT_EQ(files_.read("/dev/zero", 100).error(), FileError::kNotAFile);
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(files_.read(pipe, 100).error(), FileError::kNotAFile);
}

TEST_F(SystemFilesTest, ListsADirectoryInTheOrderOfNames) {
  for (const char* name : {"20-rules.yaml", "10-issuers.yaml", ".hidden"}) write(name, "x", 0600);
  std::filesystem::create_directories(folder_ + "/15-more");
  const auto names = files_.list(folder_, 4);
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{".hidden", "10-issuers.yaml", "15-more", "20-rules.yaml"}));
  EXPECT_EQ(files_.list(folder_, 3).error(), FileError::kTooLarge);
}

TEST_F(SystemFilesTest, ListsNothingButDirectories) {
  EXPECT_EQ(files_.list(folder_ + "/none", 10).error(), FileError::kMissing);
  EXPECT_EQ(files_.list(write("key", "x", 0600), 10).error(), FileError::kNotADirectory);
}

}  // namespace
}  // namespace hubwarden::config

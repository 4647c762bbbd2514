#include "apps/git-credential-hubwarden/record_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace hubwarden::git_credential {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr TimePoint kNow{1'795'375'800s};

class RecordFiles : public testing::Test {
 protected:
  RecordFiles() {
    std::string pattern = (fs::temp_directory_path() / "record_XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    directory_ = root_ / "hubwarden";
  }
  ~RecordFiles() override { fs::remove_all(root_); }

  RecordFile open(const std::string& key = "key") const {
    return RecordFile(*open_record_directory(directory_.string()), key);
  }
  static Record record(std::string_view token) { return Record(Secret(token), kNow, kNow + 1h); }
  static RecordFile::Lock lock(RecordFile& file) {
    auto got = file.try_lock();
    return std::move(**got);
  }
  fs::path only_file() const { return fs::directory_iterator(directory_)->path(); }

  fs::path root_;
  fs::path directory_;
};

TEST_F(RecordFiles, GiveBackWhatWasPutIn) {
  RecordFile file = open();
  EXPECT_FALSE(file.read());
  {
    const RecordFile::Lock held = lock(file);
    file.replace(record("ghs_a"), held);
    EXPECT_EQ(file.read()->token.reveal(), "ghs_a");
  }
  EXPECT_EQ(open().read()->token.reveal(), "ghs_a");
  EXPECT_EQ(fs::status(only_file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(directory_).permissions(), fs::perms::owner_all);
}

TEST_F(RecordFiles, AreApartForEachKey) {
  RecordFile one = open("one");
  one.replace(record("ghs_one"), lock(one));
  EXPECT_FALSE(open("two").read());
}

TEST_F(RecordFiles, AreLockedByOneAtATime) {
  RecordFile mine = open();
  RecordFile other = open();
  {
    const RecordFile::Lock held = lock(mine);
    EXPECT_FALSE(*other.try_lock());
  }
  EXPECT_TRUE(*other.try_lock());
}

TEST_F(RecordFiles, StayLockedForWhoeverWaitedWhileTheyWereReplaced) {
  RecordFile mine = open();
  RecordFile other = open();
  std::optional<RecordFile::Lock> held = lock(mine);
  mine.replace(record("ghs_a"), *held);
  held.reset();
  const auto next = other.try_lock();
  ASSERT_TRUE(next && *next);
  EXPECT_EQ(other.read()->token.reveal(), "ghs_a");
  EXPECT_FALSE(*mine.try_lock());
}

TEST_F(RecordFiles, ForgetUnderTheLock) {
  RecordFile file = open();
  const RecordFile::Lock first = lock(file);
  file.replace(record("ghs_a"), first);
  const RecordFile::Lock held = lock(file);
  file.forget(held);
  EXPECT_FALSE(file.read());
  RecordFile other = open();
  EXPECT_FALSE(*other.try_lock());
}

TEST_F(RecordFiles, GetOverADeadWritersDraft) {
  RecordFile file = open();
  const RecordFile::Lock held = lock(file);
  std::ofstream(only_file().string() + ".new") << "half";
  file.replace(record("ghs_a"), held);
  EXPECT_EQ(file.read()->token.reveal(), "ghs_a");
}

TEST_F(RecordFiles, OverwriteHostileContents) {
  RecordFile file = open();
  {
    const RecordFile::Lock held = lock(file);
  }
  std::ofstream(only_file())
      << "hubwarden-credential-record 1\nfor key\nasked 1\nexpires 9\ntoken a\nhost=evil\n";
  EXPECT_FALSE(file.read());
  file.replace(record("ghs_a"), lock(file));
  EXPECT_EQ(file.read()->token.reveal(), "ghs_a");
}

// What somebody put in the record's place is neither read nor written.
class PlantedFile : public RecordFiles {
 protected:
  PlantedFile() {
    RecordFile file = open();
    file.replace(record("ghs_planted"), lock(file));
    path_ = only_file();
  }
  void expect_refused(const std::string& why) const {
    RecordFile file = open();
    EXPECT_FALSE(file.read());
    const auto got = file.try_lock();
    ASSERT_FALSE(got);
    EXPECT_THAT(got.error().message(), HasSubstr(why));
  }
  fs::path path_;
};

TEST_F(PlantedFile, ThatIsALinkIsRefused) {
  fs::rename(path_, root_ / "elsewhere");
  fs::create_symlink(root_ / "elsewhere", path_);
  expect_refused("symbolic link");
}

TEST_F(PlantedFile, ThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U}) {
    chmod(path_.c_str(), mode);
    expect_refused("others may");
  }
}

TEST_F(PlantedFile, OfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(chown(path_.c_str(), 12345, 12345), 0);
  expect_refused("another user");
}

TEST_F(PlantedFile, WithASecondNameIsRefused) {
  fs::create_hard_link(path_, root_ / "second");
  expect_refused("second name");
}

TEST_F(PlantedFile, ThatIsNoFileIsRefused) {
  fs::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  expect_refused("not a file");
}

TEST_F(RecordFiles, AreNotKeptInADirectoryThatOthersMayEnter) {
  fs::create_directory(directory_);
  chmod(directory_.c_str(), 0750);
  EXPECT_FALSE(open_record_directory(directory_.string()));
}

TEST_F(RecordFiles, AreNotKeptBehindALink) {
  fs::create_directory(root_ / "real");
  chmod((root_ / "real").c_str(), 0700);
  fs::create_directory_symlink(root_ / "real", directory_);
  EXPECT_FALSE(open_record_directory(directory_.string()));
}

TEST_F(RecordFiles, AreNotKeptInADirectoryOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  fs::create_directory(directory_);
  chmod(directory_.c_str(), 0700);
  ASSERT_EQ(chown(directory_.c_str(), 12345, 12345), 0);
  EXPECT_FALSE(open_record_directory(directory_.string()));
}

}  // namespace
}  // namespace hubwarden::git_credential

#include "ledger/file_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "ledger/ledger_fixture.h"
#include "ledger/stream_sink.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::ledger {
namespace {

using test::run;
using testing::HasSubstr;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class FileSinkTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<FileSink>> try_to_open(const std::string& path) {
    return FileSink::open(*FilePattern::parse(path), kNoon);
  }
  std::unique_ptr<FileSink> open() { return try_to_open(path_).value(); }
  std::string error_of_opening() { return try_to_open(path_).error().message(); }

  test::TemporaryDirectory directory_;
  const std::string path_ = directory_ / "ledger.jsonl";
  Chain chain_{ReplicaId(7), test_key()};
  const store::LedgerSegment start_ = chain_.extend({ChainStarted(kNoon, {}), plain_event()});
  const store::LedgerSegment more_ = chain_.extend({plain_event(), plain_event()});
};

TEST_F(FileSinkTest, AppendsLines) {
  const auto sink = open();
  ASSERT_TRUE(run(sink->append(start_)) && run(sink->append(more_)));
  EXPECT_EQ(read(path_), start_.lines + more_.lines);
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(FileSinkTest, BeginsAnotherFileOnAnotherDayAndNeverGoesBack) {
  const std::string days = directory_ / "ledger-{date}.jsonl";
  const auto sink = try_to_open(days).value();
  store::LedgerSegment tomorrow = more_;
  tomorrow.begun_at = kNoon + std::chrono::hours(24);
  store::LedgerSegment put_back = chain_.extend({plain_event()});
  put_back.begun_at = kNoon;
  ASSERT_TRUE(run(sink->append(start_)) && run(sink->append(tomorrow)) && run(sink->append(put_back)));
  const FilePattern pattern = *FilePattern::parse(days);
  EXPECT_EQ(read(pattern.path_at(kNoon)), start_.lines);
  EXPECT_EQ(read(pattern.path_at(tomorrow.begun_at)), more_.lines + put_back.lines);
}

TEST_F(FileSinkTest, KnowsTheChainThatTheFileBeforeEndsWith) {
  const std::string days = directory_ / "ledger-{date}.jsonl";
  ASSERT_TRUE(run(try_to_open(days).value()->append(start_)));
  const auto next_day = FileSink::open(*FilePattern::parse(days), kNoon + std::chrono::hours(24)).value();
  const auto heads = run(next_day->heads(10)).value();
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads.front().hash, start_.hash);
}

TEST_F(FileSinkTest, KnowsTheChainThatItEndsWith) {
  EXPECT_TRUE(run(open()->heads(10)).value().empty());
  ASSERT_TRUE(run(open()->append(start_)));
  const auto heads = run(open()->heads(10)).value();
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0], LedgerHead(ReplicaId(7), start_.last, start_.hash));
}

TEST_F(FileSinkTest, CutsOffHalfALineThatNobodyWasToldOf) {
  write(path_, start_.lines + more_.lines.substr(0, 100));
  const auto sink = open();
  EXPECT_EQ(read(path_), start_.lines);
  ASSERT_TRUE(run(sink->append(more_)));
  EXPECT_FALSE(verified(read(path_)).problem);
}

TEST_F(FileSinkTest, CutsOffHalfALineThatIsAlone) {
  write(path_, start_.lines.substr(0, 50));
  open();
  EXPECT_EQ(read(path_), "");
}

TEST_F(FileSinkTest, LeavesAFileThatIsNone) {
  const std::string other(100'000, 'x');
  write(path_, other);
  EXPECT_THAT(error_of_opening(), HasSubstr("not a ledger"));
  EXPECT_EQ(read(path_), other);
}

TEST_F(FileSinkTest, SharesItsFileWithNobody) {
  const auto sink = open();
  EXPECT_THAT(error_of_opening(), HasSubstr("another process writes to it"));
}

TEST_F(FileSinkTest, FollowsNoLinkAndTakesNoPipe) {
  const std::string target = directory_ / "elsewhere";
  write(target, "");
  ASSERT_EQ(symlink(target.c_str(), path_.c_str()), 0);
  EXPECT_THAT(error_of_opening(), HasSubstr("cannot open"));
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(error_of_opening(), HasSubstr("not a regular file"));
}

TEST_F(FileSinkTest, GoesOnInANewFileAfterARotation) {
  const auto sink = open();
  ASSERT_TRUE(run(sink->append(start_)));
  std::filesystem::rename(path_, directory_ / "ledger.1");
  sink->reopen();
  ASSERT_TRUE(run(sink->append(more_)));
  EXPECT_EQ(read(directory_ / "ledger.1"), start_.lines);
  EXPECT_EQ(read(path_), more_.lines);
}

// Nothing can be opened while a directory is in its place; afterwards the same segment comes again.
TEST_F(FileSinkTest, TriesAgainWhatCouldNotBeOpened) {
  const auto sink = open();
  ASSERT_TRUE(run(sink->append(start_)));
  std::filesystem::rename(path_, directory_ / "ledger.1");
  std::filesystem::create_directory(path_);
  sink->reopen();
  EXPECT_FALSE(run(sink->append(more_)));
  std::filesystem::remove(path_);
  ASSERT_TRUE(run(sink->append(more_)));
  EXPECT_EQ(read(path_), more_.lines);
}

// A full disk takes a part: a limit on this process's files does what it would do.
TEST_F(FileSinkTest, HasNoHalfSegmentAfterAFullDisk) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto sink = open();
  ASSERT_TRUE(run(sink->append(start_)));
  const rlimit small{start_.lines.size() + 100, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<> refused = run(sink->append(more_));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(refused);
  ASSERT_TRUE(run(sink->append(more_)));
  EXPECT_EQ(read(path_), start_.lines + more_.lines);
}

class Pipe {
 public:
  Pipe() { HW_CHECK(pipe2(ends_, O_CLOEXEC) == 0); }
  ~Pipe() {
    for (const int end : ends_) close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void stop_reading() { close(std::exchange(ends_[0], -1)); }

 private:
  int ends_[2];
};

TEST(StreamSink, WritesLines) {
  Pipe pipe;
  StreamSink sink(pipe.writing());
  Chain chain(ReplicaId(7), test_key());
  const store::LedgerSegment segment = chain.extend({ChainStarted(kNoon, {}), plain_event()});
  ASSERT_TRUE(run(sink.append(segment)));
  std::string got(segment.lines.size() + 1, '\0');
  got.resize(static_cast<std::size_t>(::read(pipe.reading(), got.data(), got.size())));
  EXPECT_EQ(got, segment.lines);
  EXPECT_TRUE(run(sink.heads(10)).value().empty());
}

TEST(StreamSink, SaysThatNobodyReads) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.stop_reading();
  StreamSink sink(pipe.writing());
  Chain chain(ReplicaId(7), test_key());
  EXPECT_EQ(run(sink.append(chain.extend({ChainStarted(kNoon, {})}))).error().code(),
            ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace hubwarden::ledger

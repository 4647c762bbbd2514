#include "sandbox/git_diff.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::sandbox {
namespace {

// Records end with NUL.
std::string records(std::initializer_list<std::string_view> texts) {
  std::string joined;
  for (const std::string_view text : texts) joined += std::string(text) + std::string(1, '\0');
  return joined;
}

const std::string kOne(40, '1');
const std::string kTwo(40, '2');
const std::string kNone(40, '0');

TEST(Changes, HaveNamesCountsAndPatches) {
  const std::string summary = records({":100644 100644 " + kOne + " " + kTwo + " M", "a b.txt",
                                       ":000000 100644 " + kNone + " " + kOne + " A", "new",
                                       ":100644 000000 " + kOne + " " + kNone + " D", "old",
                                       ":100644 100644 " + kOne + " " + kTwo + " R086", "from", "to",
                                       "2\t1\ta b.txt", "1\t0\tnew", "0\t3\told", "1\t1\t", "from", "to"});
  const std::string patches =
      "diff --git a/a b.txt b/a b.txt\nindex 1..2 100644\n--- a/a b.txt\n+++ b/a b.txt\n@@ -1 +1,2 "
      "@@\n-x\n+y\n+diff --git a\n"
      "diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+n\n"
      "diff --git a/old b/old\ndeleted file mode 100644\n--- a/old\n+++ /dev/null\n@@ -1,3 +0,0 "
      "@@\n-1\n-2\n-3\n"
      "diff --git a/from b/to\nsimilarity index 86%\nrename from from\nrename to to\n@@ -1 +1 @@\n-f\n+t\n";
  const auto files = parse_changes(summary, patches);
  ASSERT_EQ(files.size(), 4U);
  EXPECT_EQ(files[0].name, "a b.txt");
  EXPECT_EQ(files[0].status, "modified");
  EXPECT_EQ(files[0].blob, kTwo);
  EXPECT_EQ(files[0].additions, 2U);
  EXPECT_EQ(files[0].deletions, 1U);
  EXPECT_EQ(files[0].patch, "@@ -1 +1,2 @@\n-x\n+y\n+diff --git a");
  EXPECT_EQ(files[1].status, "added");
  EXPECT_EQ(files[1].patch, "@@ -0,0 +1 @@\n+n");
  EXPECT_EQ(files[2].status, "removed");
  EXPECT_EQ(files[2].blob, kOne);
  EXPECT_EQ(files[3].status, "renamed");
  EXPECT_EQ(files[3].previous_name, "from");
  EXPECT_EQ(files[3].name, "to");
  EXPECT_EQ(files[3].patch, "@@ -1 +1 @@\n-f\n+t");
}

TEST(Changes, OfABinaryFileHaveNoPatch) {
  const auto files =
      parse_changes(records({":100644 100644 " + kOne + " " + kTwo + " M", "b", "-\t-\tb"}),
                    "diff --git a/b b/b\nindex 1..2 100644\nBinary files a/b and b/b differ\n");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].additions, 0U);
  EXPECT_EQ(files[0].patch, "");
}

TEST(Changes, CutShortAreReadAsFarAsTheyGo) {
  const std::string whole =
      records({":100644 100644 " + kOne + " " + kTwo + " R086", "from", "to",
               ":100644 100644 " + kOne + " " + kTwo + " M", "m", "1\t1\t", "from", "to", "1\t0\tm"});
  for (std::size_t size = 0; size <= whole.size(); ++size)
    EXPECT_LE(parse_changes(whole.substr(0, size), "").size(), 2U);
}

TEST(Commit, IsReadWithItsParentsAndMessage) {
  const std::string text = kOne + "\n" + kTwo + "\n" + kOne + " " + kTwo +
                           "\nAda\nada@example.com\n1000\nBob\nbob@example.com\n2000\nTitle\n\nText\n\n";
  const auto commit = parse_commit(text);
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->sha, kOne);
  EXPECT_EQ(commit->parents.size(), 2U);
  EXPECT_EQ(commit->author.name, "Ada");
  EXPECT_EQ(std::chrono::system_clock::to_time_t(commit->committer.at), 2000);
  EXPECT_EQ(commit->message, "Title\n\nText");
  EXPECT_FALSE(parse_commit("fatal: bad object"));
  EXPECT_FALSE(parse_commit(""));
}

}  // namespace
}  // namespace hubwarden::sandbox

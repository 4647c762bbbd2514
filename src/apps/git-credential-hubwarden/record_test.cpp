#include "apps/git-credential-hubwarden/record.h"

#include <gtest/gtest.h>

namespace hubwarden::git_credential {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr TimePoint kNow{1'795'375'800s};
constexpr std::string_view kKey = "unix:/h w https://github.com acme/widgets";

Record record(Duration asked_ago, Duration left) {
  return Record(Secret("ghs_abc"), kNow - std::chrono::duration_cast<TimePoint::duration>(asked_ago),
                kNow + std::chrono::duration_cast<TimePoint::duration>(left));
}

TEST(Record, IsWrittenAsDocumentedAndReadBack) {
  const Secret text = format_record(record(10s, 1h), kKey);
  EXPECT_EQ(text.reveal(),
            "hubwarden-credential-record 1\nfor unix:/h w https://github.com acme/widgets\nasked 1795375790\n"
            "expires 1795379400\ntoken ghs_abc\n");
  const auto read = parse_record(text.reveal(), kKey);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->token.reveal(), "ghs_abc");
  EXPECT_EQ(read->asked, kNow - 10s);
  EXPECT_EQ(read->expires, kNow + 1h);
}

TEST(Record, OfAnotherKeyIsNone) {
  const Secret text = format_record(record(10s, 1h), kKey);
  for (const std::string other :
       {"", "unix:/h w https://github.com acme/gadgets", "unix:/h w https://github.com acme/widget",
        "unix:/h v https://github.com acme/widgets"}) {
    EXPECT_FALSE(parse_record(text.reveal(), other)) << other;
  }
}

TEST(Record, ThatIsCutOrHasMoreIsNone) {
  const std::string text(format_record(record(10s, 1h), kKey).reveal());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_record(text.substr(0, size), kKey)) << size;
  EXPECT_FALSE(parse_record(text + "\n", kKey));
  EXPECT_FALSE(parse_record(text + text, kKey));
}

TEST(Record, ThatIsHostileIsNone) {
  const std::string head = "hubwarden-credential-record 1\nfor " + std::string(kKey) + "\n";
  const std::string bad[] = {"asked 1\nexpires 2\ntoken a b\n",
                             "asked 1\nexpires 2\ntoken \n",
                             "asked 1\nexpires 2\ntoken a\rb\n",
                             "asked 1\nexpires 2\ntoken a\0b\n"s,
                             "asked -1\nexpires 2\ntoken a\n",
                             "asked 2\nexpires 1\ntoken a\n",
                             "asked 1\nexpires 1\ntoken a\n",
                             "asked 1\nexpires 4294967295\ntoken a\n",
                             "asked 1\nexpires 99999999999999999999\ntoken a\n",
                             "asked 1 \nexpires 2\ntoken a\n",
                             "expires 2\nasked 1\ntoken a\n",
                             "asked 1\nexpires 2\ntoken " + std::string(kMaxToken + 1, 'a') + "\n",
                             std::string(kMaxRecord, 'x')};
  for (const std::string& tail : bad) EXPECT_FALSE(parse_record(head + tail, kKey)) << tail.substr(0, 60);
  EXPECT_TRUE(parse_record(head + "asked 1\nexpires 2\ntoken a\n", kKey));
}

struct Age {
  Duration asked_ago;
  Duration left;
  bool spares;
  bool bridges;
};

class Ages : public testing::TestWithParam<Age> {};

TEST_P(Ages, DecideWhatARecordIsGoodFor) {
  const Record kept = record(GetParam().asked_ago, GetParam().left);
  EXPECT_EQ(spares_asking(kept, kNow), GetParam().spares);
  EXPECT_EQ(bridges_absence(kept, kNow), GetParam().bridges);
}

INSTANTIATE_TEST_SUITE_P(Record, Ages,
                         testing::Values(Age{0s, 1h, true, true}, Age{59s, 59min, true, true},
                                         Age{60s, 59min, false, true}, Age{50min, 10min, false, true},
                                         Age{59min, 60s, false, true}, Age{59min, 59s, false, false},
                                         Age{1h, 0s, false, false}, Age{2h, -1h, false, false},
                                         // Few minutes were left when it was asked for: a tenth of them.
                                         Age{29s, 271s, true, true}, Age{30s, 270s, false, true},
                                         // A token of 20 s: the floor is a thirtieth of it.
                                         Age{1s, 19s, true, true}, Age{2s, 18s, false, true},
                                         Age{19s, 1s, false, true}, Age{20s, 0s, false, false},
                                         // The calendar was set back.
                                         Age{-1s, 1h, false, false}));

}  // namespace
}  // namespace hubwarden::git_credential

#include "ledger/body_text.h"

#include <gtest/gtest.h>

#include <string>

#include "ledger/ledger_fixture.h"

namespace hubwarden::ledger {
namespace {

TEST(BodyText, SaysOfAnEventWhatIsKnownAndNoMore) {
  EXPECT_EQ(canonical(plain_event()),
            R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"mint","outcome":"ok"})");
}

TEST(BodyText, HasAllMembersInTheOrderOfTheirNames) {
  EXPECT_EQ(
      canonical(full_event()),
      R"({"about":"a \"quoted\" thing \\ with a back slash, ü and 🦊","actor":"workload","agent":"review-7",)"
      R"("at":"2026-09-21T14:13:20.001234Z","duration_us":12345,"fingerprint":"ghs_…)" +
          crypto::fingerprint(Secret("ghs_abc")).text().substr(7) +
          R"(","github_request_id":"D1C2:3F4A:1B2C3D:4E5F60:671A2B3C","handle":"0000000000000007",)"
          R"("host":"ghe.example.com:8443","kind":"operation","operation":"issues/create-comment",)"
          R"("outcome":"forbidden","permissions":"contents:read,issues:write","repository":"Acme/Widgets",)"
          R"("request_id":"01J00000000000000000000000","rule":"review-bots","session":"0123456789abcdef",)"
          R"("subject":"system:serviceaccount:agents:review-7","times":3,"workspace":"agent-7"})");
}

TEST(BodyText, ReadsBackWhatItWrote) {
  const LedgerHead head(ReplicaId(1), 7, crypto::sha256("seven"));
  const LedgerHead other(ReplicaId(UINT64_MAX), UINT64_MAX, crypto::sha256("other"));
  const Body bodies[] = {
      plain_event(),     full_event(),      ChainStarted(kNoon, {}), ChainStarted(kNoon, {head, other}),
      Checkpoint(kNoon), ChainEnded(kNoon), EventsLost(kNoon, 12)};
  for (const Body& body : bodies) {
    const std::string text = canonical(body);
    const std::optional<Body> read = parse_body(text);
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(*read == body) << text;
  }
}

TEST(BodyText, WritesNoTokenWhateverItIsGiven) {
  Event event = plain_event();
  event.actor.subject = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";
  event.about = "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
  const std::string text = canonical(event);
  EXPECT_EQ(text.find("16C7"), std::string::npos);
  EXPECT_EQ(text.find("eyJ"), std::string::npos);
  EXPECT_TRUE(parse_body(text));
}

TEST(BodyText, CutsTextsAndStillReadsThem) {
  SeededRandom random(1);
  const std::string_view pieces[] = {"gh", "s_", "x",    "eyJ", "\"", "\\",
                                     "\n", "ü",  "\xff", " ",   "🦊", "github_pat_"};
  for (int round = 0; round < 2000; ++round) {
    Event event = plain_event();
    while (event.rule.size() < 300) event.rule += pieces[random.below(std::size(pieces))];
    const std::string text = canonical(event);
    ASSERT_TRUE(parse_body(text)) << text;
  }
}

TEST(BodyText, HasOneSpelling) {
  const std::string good = canonical(plain_event());
  ASSERT_TRUE(parse_body(good));
  const std::string_view others[] = {
      "",
      "{}",
      "[]",
      R"({"actor":"hubwarden", "at":"2026-09-21T14:13:20.000000Z","kind":"mint","outcome":"ok"})",
      R"({"at":"2026-09-21T14:13:20.000000Z","actor":"hubwarden","kind":"mint","outcome":"ok"})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20Z","kind":"mint","outcome":"ok"})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"m\u0069nt","outcome":"ok"})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"mint","outcome":"ok","more":1})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"mint","kind":"mint","outcome":"ok"})",
      R"({"actor":"nobody","at":"2026-09-21T14:13:20.000000Z","kind":"mint","outcome":"ok"})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"theft","outcome":"ok"})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"mint","outcome":"fine"})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"mint","outcome":"ok","times":1})",
      R"({"actor":"hubwarden","at":"2026-09-21T14:13:20.000000Z","kind":"mint","outcome":"ok","times":1e0})",
      R"({"at":"2026-09-21T14:13:20.000000Z","count":-1,"kind":"events_lost"})",
      R"({"at":"2026-09-21T14:13:20.000000Z","heads":[],"kind":"chain_started","version":2})",
      R"({"at":"2026-02-30T14:13:20.000000Z","kind":"checkpoint"})",
  };
  for (const std::string_view text : others) EXPECT_FALSE(parse_body(text)) << text;
}

TEST(BodyText, NamesEachReplicaOnceAndInOrder) {
  const LedgerHead one(ReplicaId(1), 1, crypto::sha256("one"));
  const LedgerHead two(ReplicaId(2), 1, crypto::sha256("two"));
  EXPECT_TRUE(parse_body(canonical(ChainStarted(kNoon, {one, two}))));
  EXPECT_FALSE(parse_body(canonical(ChainStarted(kNoon, {two, one}))));
  EXPECT_FALSE(parse_body(canonical(ChainStarted(kNoon, {one, one}))));
}

}  // namespace
}  // namespace hubwarden::ledger

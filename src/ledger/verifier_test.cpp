#include "ledger/verifier.h"

#include <gmock/gmock.h>

#include "ledger/body_text.h"
#include "ledger/ledger_fixture.h"
#include "ledger/line.h"

namespace hubwarden::ledger {
namespace {

using What = Problem::What;

std::string lines_of(Chain& chain, const std::vector<Body>& bodies) {
  return chain.extend(bodies).lines;
}

// Its start and one segment more.
std::string chain_of(Chain& chain, const std::vector<Body>& bodies) {
  const std::string start = lines_of(chain, {ChainStarted(kNoon, {})});
  return start + lines_of(chain, bodies);
}

std::string start_of(Chain& chain, std::vector<LedgerHead> heads = {}) {
  return lines_of(chain, {ChainStarted(kNoon, std::move(heads))});
}

std::string line_of(ReplicaId replica, std::uint64_t sequence, const crypto::Digest& previous,
                    const Body& body, const SigningKey* key) {
  Record record(replica, sequence, previous, canonical(body));
  return seal(record, key) + "\n";
}

std::string pruned(const LedgerHead& head) {
  Pruned statement(head, kNoon);
  return seal(statement, test_key()) + "\n";
}

std::optional<What> problem_of(const std::string& text) {
  const Report report = verified(text);
  return report.problem ? std::optional(report.problem->what) : std::nullopt;
}

TEST(Verifier, FindsNothingWrongWithWhatWasWritten) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const History history(seed);
    const Report report = verified(history.text());
    EXPECT_FALSE(report.problem) << seed << ": " << report.problem->text;
    EXPECT_EQ(report.lines, history.lines().size());
    EXPECT_EQ(report.chains.size(), history.heads().size());
  }
}

TEST(Verifier, TakesPiecesOfAnySize) {
  const History history(3);
  SeededRandom random(1);
  Verifier verifier(test_keys());
  const std::string text = history.text();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = random.below(300);
    verifier.feed(std::string_view(text).substr(at, size));
    at += size;
  }
  const Report report = verifier.finish();
  EXPECT_FALSE(report.problem);
  EXPECT_EQ(report.lines, history.lines().size());
}

TEST(Verifier, SaysWhereChainsEnd) {
  Chain chain(ReplicaId(7), test_key());
  const std::string text = chain_of(chain, {plain_event(), plain_event(kNoon + std::chrono::hours(1))});
  const Report open = verified(text);
  ASSERT_EQ(open.chains.size(), 1U);
  EXPECT_EQ(open.events, 2U);
  EXPECT_EQ(open.chains[0].head.sequence, 3U);
  EXPECT_EQ(open.chains[0].ended_at, kNoon + std::chrono::hours(1));
  EXPECT_EQ(open.chains[0].unsigned_records, 2U);
  EXPECT_FALSE(open.chains[0].is_ended);
  const std::string end = lines_of(chain, {EventsLost(kNoon, 5), ChainEnded(kNoon)});
  const Report ended = verified(text + end);
  EXPECT_TRUE(ended.chains[0].is_ended);
  EXPECT_EQ(ended.chains[0].unsigned_records, 0U);
  EXPECT_EQ(ended.lost, 5U);
}

TEST(Verifier, MissesAChainThatALaterOneNames) {
  Chain first(ReplicaId(1), test_key());
  Chain second(ReplicaId(2), test_key());
  const std::string one = chain_of(first, {plain_event(), plain_event()});
  const LedgerHead head = verified(one).chains[0].head;
  const std::string two = start_of(second, {head});
  EXPECT_FALSE(problem_of(one + two));
  EXPECT_FALSE(problem_of(two + one));  // chains may come in any order
  const Report gone = verified(two);
  ASSERT_TRUE(gone.problem);
  EXPECT_EQ(gone.problem->what, What::kRemoved);
  EXPECT_EQ(gone.problem->replica, ReplicaId(1));
  EXPECT_EQ(gone.problem->line, 1U);
  const std::string shorter = one.substr(0, one.rfind('\n', one.size() - 2) + 1);
  const Report cut = verified(shorter + two);
  ASSERT_TRUE(cut.problem);
  EXPECT_EQ(cut.problem->what, What::kTruncated);
  EXPECT_EQ(cut.problem->line, 2U);
  EXPECT_EQ(cut.problem->sequence, 3U);
}

// Whoever has no key can give a tail that nobody has signed another content, but not one that was named.
TEST(Verifier, MissesTheTailThatWasNamed) {
  Chain first(ReplicaId(1), test_key());
  const std::string start = start_of(first);
  const LedgerHead at_start = verified(start).chains[0].head;
  const std::string real = lines_of(first, {plain_event()});
  const std::string forged =
      line_of(ReplicaId(1), 2, at_start.hash, plain_event(kNoon + std::chrono::hours(9)), nullptr);
  Chain second(ReplicaId(2), test_key());
  const std::string later = start_of(second, {verified(start + real).chains[0].head});
  EXPECT_FALSE(problem_of(start + forged));  // nobody has spoken of it yet
  for (const std::string& text : {start + forged + later, later + start + forged}) {
    const Report report = verified(text);
    ASSERT_TRUE(report.problem);
    EXPECT_EQ(report.problem->what, What::kChanged);
    EXPECT_EQ(report.problem->replica, ReplicaId(1));
    EXPECT_EQ(report.problem->sequence, 2U);
  }
}

// The start, an event that was given another content by somebody who knows how lines are made, and what came
// after it, with hashes made anew where `makes_anew` says so.
std::string rewritten(bool makes_anew) {
  Chain chain(ReplicaId(7), test_key());
  const std::string lines = chain_of(chain, {plain_event(), plain_event(), Checkpoint(kNoon)});
  std::vector<std::string_view> each = split(lines, '\n');
  each.pop_back();
  std::string out = std::string(each[0]) + "\n";
  crypto::Digest previous = std::get<Record>(read_line(each[0]).value()).hash;
  for (std::size_t i = 1; i < each.size(); ++i) {
    Record record = std::get<Record>(read_line(each[i]).value());
    const std::optional<Signature> signature = record.signature;
    if (i > 1 && !makes_anew) {
      out.append(each[i]).append("\n");
      continue;
    }
    if (i == 1) record.body = canonical(plain_event(kNoon + std::chrono::hours(1)));
    record.previous = previous;
    std::string line = seal(record, nullptr);
    if (signature) {
      line.erase(line.size() - 2);
      line.append(R"(","key":")").append(signature->key_id).append(R"(","signature":")");
      line.append(base64url(as_bytes(signature->bytes))).append("\"}");
    }
    out += line + "\n";
    previous = record.hash;
  }
  return out;
}

TEST(Verifier, FindsARecordThatWasWrittenAnew) {
  const Report report = verified(rewritten(false));
  ASSERT_TRUE(report.problem);
  EXPECT_EQ(report.problem->what, What::kChanged);
  EXPECT_EQ(report.problem->sequence, 3U);  // which does not follow from it
}

TEST(Verifier, FindsThatWithAllThatFollowsByTheNextSignature) {
  const Report report = verified(rewritten(true));
  ASSERT_TRUE(report.problem);
  EXPECT_EQ(report.problem->what, What::kBadSignature);
  EXPECT_EQ(report.problem->sequence, 4U);
}

TEST(Verifier, TrustsNoOtherKey) {
  const SigningKey other(Secret("somebody else's"));
  Chain forged(ReplicaId(7), other);
  EXPECT_EQ(problem_of(start_of(forged)), What::kBadSignature);
  EXPECT_EQ(problem_of(line_of(ReplicaId(7), 1, {}, ChainStarted(kNoon, {}), nullptr)), What::kBadSignature);
  Pruned statement(LedgerHead(ReplicaId(7), 1, crypto::sha256("x")), kNoon);
  EXPECT_EQ(problem_of(seal(statement, other) + "\n"), What::kBadSignature);
}

TEST(Verifier, LetsAChainStartOnceAndEndOnce) {
  Chain chain(ReplicaId(7), test_key());
  const std::string start = start_of(chain);
  const LedgerHead head = verified(start).chains[0].head;
  EXPECT_EQ(problem_of(start + line_of(ReplicaId(7), 2, head.hash, ChainStarted(kNoon, {}), &test_key())),
            What::kChanged);
  EXPECT_EQ(problem_of(line_of(ReplicaId(7), 1, {}, Checkpoint(kNoon), &test_key())), What::kChanged);
  EXPECT_EQ(problem_of(line_of(ReplicaId(7), 1, head.hash, ChainStarted(kNoon, {}), &test_key())),
            What::kChanged);
  const std::string ended = start + lines_of(chain, {ChainEnded(kNoon)});
  EXPECT_FALSE(problem_of(ended));
  EXPECT_EQ(problem_of(ended + lines_of(chain, {plain_event()})), What::kChanged);
}

TEST(Verifier, TakesASignatureOnlyWhereOneBelongs) {
  Chain chain(ReplicaId(7), test_key());
  const std::string start = start_of(chain);
  const LedgerHead head = verified(start).chains[0].head;
  EXPECT_EQ(problem_of(start + line_of(ReplicaId(7), 2, head.hash, plain_event(), &test_key())),
            What::kChanged);
}

TEST(Verifier, WantsASignatureNowAndThen) {
  std::string text;
  Chain chain(ReplicaId(7), test_key());
  text = start_of(chain);
  crypto::Digest previous = verified(text).chains[0].head.hash;
  for (std::uint64_t sequence = 2; sequence < Chain::kMaxUnsigned + 10; ++sequence) {
    Record record(ReplicaId(7), sequence, previous, canonical(plain_event()));
    text += seal(record, nullptr) + "\n";
    previous = record.hash;
  }
  const Report report = verified(text);
  ASSERT_TRUE(report.problem);
  EXPECT_EQ(report.problem->sequence, Chain::kMaxUnsigned + 2);
}

class PrunedChain : public testing::Test {
 protected:
  PrunedChain() {
    std::vector<std::string_view> lines = split(all, '\n');
    for (std::size_t i = 2; i + 1 < lines.size(); ++i) rest += std::string(lines[i]) + "\n";
    for (std::uint64_t i = 1; i <= 3; ++i) {
      heads.emplace_back(ReplicaId(7), i, std::get<Record>(read_line(lines[i - 1]).value()).hash);
    }
  }
  Chain chain{ReplicaId(7), test_key()};
  std::string all = chain_of(chain, {plain_event(), plain_event(), Checkpoint(kNoon)});
  std::string rest;               // from the third record on
  std::vector<LedgerHead> heads;  // of the records 1 to 3
};

TEST_F(PrunedChain, IsWholeWithASignedStatement) {
  EXPECT_FALSE(problem_of(pruned(heads[1]) + rest));
  EXPECT_FALSE(problem_of(rest + pruned(heads[1])));  // wherever it stands
}

TEST_F(PrunedChain, IsAHoleWithoutOne) {
  const Report report = verified(rest);
  ASSERT_TRUE(report.problem);
  EXPECT_EQ(report.problem->what, What::kRemoved);
  EXPECT_EQ(report.problem->line, 1U);
  EXPECT_EQ(report.problem->sequence, 1U);
  EXPECT_EQ(problem_of(pruned(heads[0]) + rest), What::kRemoved);  // that was said of less
}

TEST_F(PrunedChain, MayBeMoreThanWasPruned) {
  EXPECT_FALSE(problem_of(all + pruned(heads[1])));
  EXPECT_FALSE(problem_of(rest + pruned(heads[2])));
}

TEST_F(PrunedChain, GoesOnFromWhatWasPruned) {
  const LedgerHead other(ReplicaId(7), 2, crypto::sha256("another"));
  EXPECT_EQ(problem_of(pruned(other) + rest), What::kChanged);
}

TEST_F(PrunedChain, IsSpokenOfOnce) {
  EXPECT_EQ(problem_of(pruned(heads[1]) + pruned(heads[1]) + rest), What::kDuplicated);
}

TEST_F(PrunedChain, MayBeGoneAsAWholeThoughOthersNameIt) {
  Chain other(ReplicaId(9), test_key());
  const std::string later = start_of(other, {heads[2]});
  EXPECT_EQ(problem_of(later), What::kRemoved);
  EXPECT_FALSE(problem_of(later + pruned(heads[2])));
  EXPECT_EQ(problem_of(later + pruned(heads[1])), What::kRemoved);
}

TEST_F(PrunedChain, MayBeginInTheMiddleOfAPart) {
  Verifier verifier(test_keys());
  verifier.allow_part();
  verifier.feed(rest);
  Chain other(ReplicaId(9), test_key());
  verifier.feed(start_of(other, {LedgerHead(ReplicaId(8), 3, crypto::sha256("elsewhere"))}));
  EXPECT_FALSE(verifier.finish().problem);
}

TEST(Verifier, TellsWhichChainsMayHaveGrown) {
  Chain first(ReplicaId(1), test_key());
  const std::string start = start_of(first);
  const std::string more = lines_of(first, {plain_event()});
  Chain second(ReplicaId(2), test_key());
  const std::string later = start_of(second, {verified(start + more).chains[0].head});
  Verifier verifier(test_keys());
  verifier.feed(start + later);
  const std::vector<LedgerHead> behind = verifier.behind();
  ASSERT_EQ(behind.size(), 1U);
  EXPECT_EQ(behind[0].replica, ReplicaId(1));
  EXPECT_EQ(behind[0].sequence, 1U);
  verifier.feed(more);
  EXPECT_TRUE(verifier.behind().empty());
  EXPECT_FALSE(verifier.finish().problem);
}

TEST(Verifier, TakesNoLineWithoutEnd) {
  Verifier verifier(test_keys());
  for (int i = 0; i < 100; ++i) verifier.feed(std::string(kMaxLine, 'x'));
  verifier.feed("\n");
  EXPECT_EQ(verifier.finish().problem->what, What::kChanged);
}

}  // namespace
}  // namespace hubwarden::ledger

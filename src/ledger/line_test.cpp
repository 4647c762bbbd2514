#include "ledger/line.h"

#include <gtest/gtest.h>

#include <string>

#include "ledger/ledger_fixture.h"

namespace hubwarden::ledger {
namespace {

Record record() {
  return Record(ReplicaId(7), 12, crypto::sha256("before"), R"({"kind":"anything"})");
}

TEST(Line, IsThisText) {
  Record plain = record();
  const std::string text = seal(plain, nullptr);
  const std::string hashed = R"({"replica":"0000000000000007","sequence":12,"previous":")" +
                             hex(crypto::sha256("before")) + R"(","event":{"kind":"anything"})";
  EXPECT_EQ(text, hashed + R"(,"hash":")" + hex(crypto::sha256(hashed)) + "\"}");
  EXPECT_EQ(plain.hash, crypto::sha256(hashed));
}

TEST(Line, IsReadBack) {
  for (const SigningKey* const key : {static_cast<const SigningKey*>(nullptr), &test_key()}) {
    Record written = record();
    const std::optional<Line> line = read_line(seal(written, key));
    ASSERT_TRUE(line);
    const Record& read = std::get<Record>(*line);
    EXPECT_EQ(read.replica, written.replica);
    EXPECT_EQ(read.sequence, 12U);
    EXPECT_EQ(read.previous, written.previous);
    EXPECT_EQ(read.body, written.body);
    EXPECT_EQ(read.hash, written.hash);
    EXPECT_EQ(read.signature, written.signature);
    EXPECT_EQ(read.signature.has_value(), key != nullptr);
  }
}

TEST(Line, IsSignedForItsHash) {
  Record written = record();
  seal(written, &test_key());
  EXPECT_TRUE(test_keys().verifies(*written.signature, written.hash));
  EXPECT_FALSE(test_keys().verifies(*written.signature, crypto::sha256("another")));
  const SigningKey other(Secret("another secret"));
  EXPECT_FALSE(test_keys().verifies(other.sign(written.hash), written.hash));
}

TEST(Line, MayBeAStatementOfWhatWasPruned) {
  Pruned written(LedgerHead(ReplicaId(7), 500, crypto::sha256("last")), kNoon);
  const std::optional<Line> line = read_line(seal(written, test_key()));
  ASSERT_TRUE(line);
  const Pruned& read = std::get<Pruned>(*line);
  EXPECT_EQ(read.pruned, written.pruned);
  EXPECT_EQ(read.at, kNoon);
  EXPECT_TRUE(test_keys().verifies(*read.signature, read.hash));
}

TEST(Line, IsNoneWithAnyByteChanged) {
  Record signed_record = record();
  Record plain = record();
  Pruned pruned(LedgerHead(ReplicaId(7), 500, crypto::sha256("last")), kNoon);
  for (const std::string& text :
       {seal(plain, nullptr), seal(signed_record, &test_key()), seal(pruned, test_key())}) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const char with : {'0', 'a', '"', ' ', '\x00', '\xff'}) {
        std::string changed = text;
        if (changed[at] == with) continue;
        changed[at] = with;
        const std::optional<Line> line = read_line(changed);
        if (!line) continue;
        // Only in the key's name and the signature, which hold no more then.
        const auto* const read = std::get_if<Record>(&*line);
        const auto& signature = read != nullptr ? read->signature : std::get<Pruned>(*line).signature;
        const crypto::Digest& hash = read != nullptr ? read->hash : std::get<Pruned>(*line).hash;
        EXPECT_FALSE(test_keys().verifies(*signature, hash)) << at << " " << changed;
      }
    }
  }
}

TEST(Line, IsNoneWithMoreOrLess) {
  Record written = record();
  const std::string text = seal(written, nullptr);
  EXPECT_FALSE(read_line(text + " "));
  EXPECT_FALSE(read_line(" " + text));
  EXPECT_FALSE(read_line(""));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(read_line(text.substr(0, size)));
  Record large(ReplicaId(1), 1, crypto::Digest{}, std::string(kMaxLine, ' '));
  EXPECT_FALSE(read_line(seal(large, nullptr)));
}

TEST(Line, HasNumbersWithoutLeadingZeros) {
  Record none(ReplicaId(7), 0, crypto::Digest{}, "{}");
  EXPECT_FALSE(read_line(seal(none, nullptr)));
}

TEST(VerifyingKeys, AreWrittenInHexadecimalDigits) {
  const std::string good = test_key().public_text();
  EXPECT_EQ(good.size(), 64U);
  EXPECT_TRUE(VerifyingKeys::parse({good}));
  EXPECT_FALSE(VerifyingKeys::parse({}));
  EXPECT_FALSE(VerifyingKeys::parse({good.substr(1)}));
  EXPECT_FALSE(VerifyingKeys::parse({good, "what the replicas share"}));
}

}  // namespace
}  // namespace hubwarden::ledger

// Lines of a ledger, as they come and with hashes and signatures that are right whatever they say: whatever
// is taken is what was written, and what was written hangs together.

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"
#include "ledger/body_text.h"
#include "ledger/ledger_fixture.h"
#include "ledger/line.h"

namespace hubwarden::fuzz {
namespace {

using ledger::test_key;

// In one piece or in many, the same is found.
void look_at(std::string_view text) {
  const ledger::Report report = ledger::verified(text);
  ledger::Verifier verifier(ledger::test_keys());
  for (std::size_t at = 0; at < text.size(); at += 7) verifier.feed(text.substr(at, 7));
  const ledger::Report again = verifier.finish();
  HW_CHECK(report.lines == again.lines && report.problem.has_value() == again.problem.has_value());
  if (report.problem) HW_CHECK(report.problem->line <= report.lines && !report.problem->text.empty());
  for (const ledger::ChainSummary& chain : report.chains) HW_CHECK(chain.first <= chain.head.sequence);
}

void look_at_line(std::string_view text) {
  const auto line = ledger::read_line(text);
  const auto* const record = line ? std::get_if<ledger::Record>(&*line) : nullptr;
  if (record == nullptr || record->signature) return;
  ledger::Record same = *record;
  HW_CHECK(seal(same, nullptr) == text && same.hash == record->hash);
}

// Each text, split by NUL, is the body of the next record of one chain.
std::string chain_of(std::string_view bytes) {
  std::string lines;
  crypto::Digest previous{};
  for (std::uint64_t sequence = 1; !bytes.empty(); ++sequence) {
    const std::string_view body = take_text(bytes);
    const auto parsed = ledger::parse_body(body);
    if (parsed) HW_CHECK(ledger::canonical(*parsed) == body);
    ledger::Record record(ledger::ReplicaId(7), sequence, previous, std::string(body));
    lines += seal(record, parsed && is_signed(*parsed) ? &test_key() : nullptr) + "\n";
    previous = record.hash;
  }
  return lines;
}

}  // namespace

void target(std::string_view bytes) {
  look_at(bytes);
  for (const std::string_view line : split(bytes, '\n')) look_at_line(line);
  look_at(chain_of(bytes));
}

}  // namespace hubwarden::fuzz

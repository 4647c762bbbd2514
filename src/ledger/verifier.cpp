#include "ledger/verifier.h"

#include <utility>

#include "ledger/body_text.h"

namespace hubwarden::ledger {
namespace {

using What = Problem::What;

}  // namespace

void Verifier::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    // Beyond that it is no line, however much of it comes.
    if (unfinished_.size() <= kMaxLine) unfinished_.append(piece.substr(0, kMaxLine + 1));
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(unfinished_, {});
    take_line(line);
  }
}

void Verifier::take_line(std::string_view text) {
  ++report_.lines;
  if (report_.problem) return look_for_what_is_missing(text);
  const std::optional<Line> line = read_line(text);
  if (!line) return note(Problem(What::kChanged, report_.lines, "the line is not what was written"));
  std::visit([this](const auto& each) { take(each); }, *line);
}

void Verifier::take(const Record& record) {
  const std::optional<Body> body = parse_body(record.body);
  if (!body || (record.signature && !is_signed(*body))) {
    return note(Problem(What::kChanged, report_.lines, "the line is not what was written")
                    .in(record.replica, record.sequence));
  }
  if (is_signed(*body) && !has_good_signature(record.signature, record.hash)) {
    return note(Problem(What::kBadSignature, report_.lines, "it is not signed with a key that is known")
                    .in(record.replica, record.sequence));
  }
  ChainCheck* const own = chain(record.replica);
  if (own == nullptr) return;
  const std::size_t remembered = own->remembered();
  const std::size_t expected = own->expectations();
  note(own->take(record, *body, report_.lines));
  remembered_ += own->remembered() - remembered;
  expected_ += own->expectations() - expected;
  if (std::holds_alternative<Event>(*body)) ++report_.events;
  if (const auto* const lost = std::get_if<EventsLost>(&*body)) report_.lost += lost->count;
  if (const auto* const started = std::get_if<ChainStarted>(&*body)) {
    for (const LedgerHead& head : started->heads) expect(head, report_.lines);
  }
  check_bounds();
}

void Verifier::take(const Pruned& pruned) {
  if (!has_good_signature(pruned.signature, pruned.hash)) {
    return note(Problem(What::kBadSignature, report_.lines, "it is not signed with a key that is known")
                    .in(pruned.pruned.replica, pruned.pruned.sequence));
  }
  if (ChainCheck* const of = chain(pruned.pruned.replica)) note(of->take(pruned, report_.lines));
}

// The first problem is known; what is read now only tells whether records are gone or in another place.
void Verifier::look_for_what_is_missing(std::string_view text) {
  Problem& problem = *report_.problem;
  if (problem.what != What::kRemoved) return;
  const std::optional<Line> line = read_line(text);
  const Record* const record = line ? std::get_if<Record>(&*line) : nullptr;
  if (record == nullptr || record->replica != problem.replica || record->sequence != problem.sequence) return;
  problem.what = What::kReordered;
  problem.text = "records before this one come later";
}

bool Verifier::has_good_signature(const std::optional<Signature>& signature, const crypto::Digest& hash) {
  return signature && keys_.verifies(*signature, hash);
}

// Nothing beyond what one verification takes.
ChainCheck* Verifier::chain(ReplicaId replica) {
  const auto found = chains_.find(replica);
  if (found != chains_.end()) return &found->second;
  if (chains_.size() == kMaxChains) {
    note(Problem(What::kTooMuch, report_.lines, "there are more chains than are verified at once"));
    return nullptr;
  }
  return &chains_.try_emplace(replica, replica).first->second;
}

void Verifier::expect(const LedgerHead& head) {
  expect(head, 0);
}

void Verifier::expect(const LedgerHead& head, std::uint64_t line) {
  if (report_.problem) return;
  ChainCheck* const of = chain(head.replica);
  if (of == nullptr) return;
  const std::size_t expected = of->expectations();
  note(of->expect(head, line));
  expected_ += of->expectations() - expected;
}

void Verifier::check_bounds() {
  if (remembered_ <= kMaxRemembered && expected_ <= kMaxExpected) return;
  note(Problem(What::kTooMuch, report_.lines, "there is more without signatures than is verified at once"));
}

void Verifier::note(std::optional<Problem> problem) {
  if (problem && !report_.problem) report_.problem = std::move(problem);
}

std::vector<LedgerHead> Verifier::behind() const {
  std::vector<LedgerHead> out;
  for (const auto& [replica, chain] : chains_) {
    if (chain.is_behind()) out.emplace_back(replica, chain.last(), chain.hash());
  }
  return out;
}

Report Verifier::finish() {
  if (!unfinished_.empty()) {
    ++report_.lines;
    note(Problem(What::kTruncated, report_.lines, "the last line ends early"));
  }
  if (!report_.problem) finish_chains();
  for (const auto& [replica, chain] : chains_) {
    if (chain.last() == 0) continue;
    ChainSummary& summary =
        report_.chains.emplace_back(LedgerHead(replica, chain.last(), chain.hash()), chain.first());
    summary.ended_at = chain.ended_at();
    summary.is_ended = chain.is_ended();
    summary.unsigned_records = chain.remembered();
  }
  return std::move(report_);
}

// The one in the earliest line.
void Verifier::finish_chains() {
  for (const auto& [replica, chain] : chains_) {
    std::optional<Problem> problem = chain.missing(is_part_);
    if (!problem || (report_.problem && report_.problem->line <= problem->line)) continue;
    report_.problem = std::move(problem);
  }
}

}  // namespace hubwarden::ledger

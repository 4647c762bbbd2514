#include "ledger/chain.h"

#include <algorithm>

#include "base/check.h"
#include "ledger/body_text.h"
#include "ledger/line.h"

namespace hubwarden::ledger {
namespace {

void note_fingerprint(const Body& body, std::vector<std::string>& known) {
  const Event* const event = std::get_if<Event>(&body);
  if (event == nullptr || !event->fingerprint) return;
  const std::string& text = event->fingerprint->text();
  // Few in a segment are different.
  if (std::ranges::find(known, text) == known.end()) known.push_back(text);
}

}  // namespace

store::LedgerSegment Chain::extend(const std::vector<Body>& bodies) {
  HW_CHECK(!bodies.empty());
  store::LedgerSegment segment(replica_, sequence_ + 1, sequence_);
  segment.begun_at = segment.ended_at = time_of(bodies.front());
  for (const Body& body : bodies) {
    if (unsigned_ + 1 >= kMaxUnsigned && !is_signed(body)) append(Checkpoint(time_of(body)), segment);
    append(body, segment);
  }
  return segment;
}

void Chain::append(const Body& body, store::LedgerSegment& segment) {
  Record record(replica_, sequence_ + 1, last_, canonical(body));
  const bool is_with_signature = is_signed(body);
  segment.lines += seal(record, is_with_signature ? &key_ : nullptr);
  segment.lines += '\n';
  segment.last = record.sequence;
  segment.hash = record.hash;
  segment.begun_at = std::min(segment.begun_at, time_of(body));
  segment.ended_at = std::max(segment.ended_at, time_of(body));
  note_fingerprint(body, segment.fingerprints);
  sequence_ = record.sequence;
  last_ = record.hash;
  unsigned_ = is_with_signature ? 0 : unsigned_ + 1;
}

}  // namespace hubwarden::ledger

#include "apps/hubwarden/ledger_tail.h"

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "ledger/line.h"

namespace hubwarden::apps {
namespace {

constexpr std::chrono::seconds kPause(1);

bool is_before(const ShownRecord& a, const ShownRecord& b) {
  const TimePoint a_at = time_of(a.body);
  const TimePoint b_at = time_of(b.body);
  if (a_at != b_at) return a_at < b_at;
  return std::pair(a.replica, a.sequence) < std::pair(b.replica, b.sequence);
}

}  // namespace

void RecordSplitter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (unfinished_.size() <= ledger::kMaxLine) unfinished_.append(piece.substr(0, ledger::kMaxLine + 1));
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(unfinished_, {});
    if (const std::optional<ShownRecord> record = shown_record(line)) show_(*record);
  }
}

Result<> LedgerTail::first(std::size_t count, const ShowRecord& show) {
  return show_new(std::max(count, kLookBack), count, show);
}

Result<> LedgerTail::next(const ShowRecord& show) {
  return show_new(kLookBack, kMaxCount, show);
}

void LedgerTail::pause() {
  std::this_thread::sleep_for(kPause);
}

// The last `count` of those that are new among the last `read`.
Result<> LedgerTail::show_new(std::size_t read, std::size_t count, const ShowRecord& show) {
  std::vector<ShownRecord> fresh;
  RecordSplitter records([&](const ShownRecord& record) {
    const auto seen = seen_.find(record.replica);
    if (seen != seen_.end() && record.sequence <= seen->second) return;
    fresh.push_back(record);
    // Of a long file only the last ones are held.
    if (fresh.size() < 2 * kMaxCount) return;
    std::ranges::sort(fresh, is_before);
    fresh.erase(fresh.begin(), fresh.end() - static_cast<std::ptrdiff_t>(kMaxCount));
  });
  const Result<> taken = source_.read_last(read, [&](std::string_view lines) { records.feed(lines); });
  if (!taken) return taken;
  std::ranges::sort(fresh, is_before);
  for (const ShownRecord& each : fresh) {
    std::uint64_t& last = seen_[each.replica];
    last = std::max(last, each.sequence);
  }
  const std::size_t shown = std::min(count, fresh.size());
  std::for_each(fresh.end() - static_cast<std::ptrdiff_t>(shown), fresh.end(), show);
  return {};
}

}  // namespace hubwarden::apps

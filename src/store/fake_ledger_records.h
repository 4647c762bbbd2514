#pragma once

// Records of the ledger that are a map: for tests in virtual time, where no thread may answer. Passes the
// same conformance tests as the real ones.
//
//   FakeLedgerRecords records;
//   records.failure = Error(ErrorCode::kUnavailable, "away");   // from then on
//   records.text();                                             // all lines, chain by chain
//
// One thread.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "store/ledger_records.h"
#include "store/record_text.h"

namespace hubwarden::store {

class FakeLedgerRecords final : public LedgerRecords, public LedgerReader {
 public:
  using Place = std::pair<ReplicaId, std::uint64_t>;

  net::Task<Result<>> append(LedgerSegment segment) override {
    if (failure) co_return std::unexpected(*failure);
    ++commits;
    const auto [known, is_new] = all.emplace(Place(segment.replica, segment.first), segment);
    const bool is_same = known->second.last == segment.last && known->second.hash == segment.hash;
    if (!is_new && !is_same) co_return other_segment(segment);
    // The answer is lost on its way.
    if (loses_answers) co_return fail(ErrorCode::kUnavailable, "lost");
    co_return Result<>();
  }

  net::Task<Result<std::vector<LedgerHead>>> ledger_heads(std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::map<ReplicaId, LedgerSegment> last;
    for (const auto& [place, segment] : all) last.insert_or_assign(place.first, segment);
    std::vector<LedgerSegment> latest;
    for (const auto& [replica, segment] : last) latest.push_back(segment);
    std::ranges::sort(latest, ended_later);
    std::vector<LedgerHead> heads;
    for (const LedgerSegment& each : latest) {
      if (heads.size() < limit) heads.emplace_back(each.replica, each.last, each.hash);
    }
    co_return heads;
  }

  net::Task<Result<std::vector<LedgerHead>>> prunable(TimePoint when, std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<LedgerSegment> old;
    for (const auto& [place, segment] : all) {
      const auto stays = [&](const auto& other) {
        return other.first.first == place.first && other.first.second <= place.second &&
               other.second.ended_at >= when;
      };
      if (std::ranges::none_of(all, stays)) old.push_back(segment);
    }
    std::ranges::sort(old, {}, [](const LedgerSegment& each) {
      return std::tuple(each.ended_at, each.replica, each.first);
    });
    std::vector<LedgerHead> heads;
    for (const LedgerSegment& each : old) {
      if (heads.size() < limit) heads.emplace_back(each.replica, each.last, each.hash);
    }
    co_return last_of_each(heads);
  }

  net::Task<Result<>> prune(std::vector<LedgerBeginning> wanted) override {
    if (failure) co_return std::unexpected(*failure);
    for (const LedgerBeginning& each : wanted) {
      const auto known = stated.find(each.pruned.replica);
      if (known != stated.end() && known->second.pruned.sequence >= each.pruned.sequence) continue;
      stated.insert_or_assign(each.pruned.replica, each);
      std::erase_if(all, [&](const auto& entry) {
        return entry.first.first == each.pruned.replica && entry.second.last <= each.pruned.sequence;
      });
    }
    co_return Result<>();
  }

  net::Task<Result<>> forget_beginnings(TimePoint when) override {
    if (failure) co_return std::unexpected(*failure);
    std::erase_if(stated, [&](const auto& entry) {
      const bool has_more =
          std::ranges::any_of(all, [&](const auto& each) { return each.first.first == entry.first; });
      return entry.second.at < when && !has_more;
    });
    co_return Result<>();
  }

  net::Task<Result<std::vector<LedgerSegment>>> segments(LedgerQuery query,
                                                         std::optional<LedgerPosition> after,
                                                         std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<LedgerSegment> page;
    for (const auto& [place, segment] : all) {
      if (after && place <= Place(after->replica, after->first)) continue;
      if (page.size() < limit && is_wanted(query, segment)) page.push_back(read_back(segment));
    }
    co_return page;
  }

  net::Task<Result<std::vector<LedgerSegment>>> latest_segments(std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<LedgerSegment> latest;
    for (const auto& [place, segment] : all) latest.push_back(read_back(segment));
    std::ranges::sort(latest, ended_later);
    while (latest.size() > limit) latest.pop_back();
    co_return latest;
  }

  net::Task<Result<std::vector<LedgerBeginning>>> beginnings(std::optional<ReplicaId> after,
                                                             std::size_t limit) override {
    if (failure) co_return std::unexpected(*failure);
    std::vector<LedgerBeginning> page;
    auto next = after ? stated.upper_bound(*after) : stated.begin();
    for (; next != stated.end() && page.size() < limit; ++next) page.push_back(next->second);
    co_return page;
  }

  std::string text() const {
    std::string out;
    for (const auto& [place, segment] : all) out += segment.lines;
    return out;
  }

  std::map<Place, LedgerSegment> all;
  std::map<ReplicaId, LedgerBeginning> stated;
  std::optional<Error> failure;
  bool loses_answers = false;
  int commits = 0;

 private:
  static bool ended_later(const LedgerSegment& a, const LedgerSegment& b) {
    if (a.ended_at != b.ended_at) return a.ended_at > b.ended_at;
    return a.replica != b.replica ? a.replica < b.replica : a.first > b.first;
  }
  static bool is_wanted(const LedgerQuery& query, const LedgerSegment& segment) {
    if (query.replica && segment.replica != *query.replica) return false;
    if (query.since && segment.ended_at < *query.since) return false;
    return !query.fingerprint ||
           std::ranges::find(segment.fingerprints, *query.fingerprint) != segment.fingerprints.end();
  }
  static LedgerSegment read_back(LedgerSegment segment) {
    segment.fingerprints.clear();
    return segment;
  }
};

}  // namespace hubwarden::store

#include "store/sqlite_ledger.h"

#include <utility>

#include "store/record_text.h"
#include "store/sqlite_statement.h"

namespace hubwarden::store {
namespace {

// In the order in which to_segment reads them.
constexpr const char* kSelect =
    "SELECT s.replica, s.first_sequence, s.last_sequence, s.begun_at, s.ended_at, s.hash, s.lines "
    "FROM ledger_segments s ";
// Behind a place, and what a query wants; NULL: all.
constexpr const char* kWanted =
    "WHERE (s.replica, s.first_sequence) > (?1, ?2) AND (?3 IS NULL OR s.replica = ?3) "
    "AND (?4 IS NULL OR s.ended_at >= ?4) ";
constexpr const char* kInOrder = "ORDER BY s.replica, s.first_sequence LIMIT ?5";

std::uint64_t count_in(const SQLite::Column& column) {
  return count_of(column.getInt64());
}

Result<LedgerSegment> to_segment(Use& row) {
  const std::string replica = row.column(0).getString();
  const auto id = parse_replica_id(replica);
  const auto hash = digest_in(row.column(5));
  if (!id || !hash) return damaged_ledger(replica);
  LedgerSegment segment(*id, count_in(row.column(1)), count_in(row.column(2)));
  segment.begun_at = from_micros(row.column(3).getInt64());
  segment.ended_at = from_micros(row.column(4).getInt64());
  segment.hash = *hash;
  segment.lines = row.column(6).getString();
  return segment;
}

// Replica, sequence and hash.
Result<LedgerHead> to_head(Use& row) {
  const std::string replica = row.column(0).getString();
  const auto id = parse_replica_id(replica);
  const auto hash = digest_in(row.column(2));
  if (!id || !hash) return damaged_ledger(replica);
  return LedgerHead(*id, count_in(row.column(1)), *hash);
}

Result<LedgerBeginning> to_beginning(Use& row) {
  const Result<LedgerHead> head = to_head(row);
  if (!head) return std::unexpected(head.error());
  return LedgerBeginning(*head, from_micros(row.column(3).getInt64()), row.column(4).getString());
}

template <class Value>
Result<std::vector<Value>> all_rows(Use& rows, Result<Value> (*read)(Use&)) {
  std::vector<Value> values;
  while (rows.step()) {
    Result<Value> value = read(rows);
    if (!value) return std::unexpected(value.error());
    values.push_back(*std::move(value));
  }
  return values;
}

void bind_query(Use& use, const LedgerQuery& query, const std::optional<LedgerPosition>& after,
                std::size_t limit) {
  use.bind(after ? to_text(after->replica) : std::string());
  use.bind(after ? signed_number(after->first) : std::int64_t{0});
  query.replica ? use.bind(to_text(*query.replica)) : use.bind(std::nullopt);
  query.since ? use.bind(micros(*query.since)) : use.bind(std::nullopt);
  use.bind(signed_number(limit));
}

}  // namespace

SqliteLedger::SqliteLedger(SQLite::Database& database)
    : database_(database),
      insert_(
          database,
          "INSERT INTO ledger_segments (replica, first_sequence, last_sequence, begun_at, ended_at, hash, "
          "lines) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
      insert_fingerprint_(
          database,
          "INSERT INTO ledger_fingerprints (fingerprint, replica, first_sequence) VALUES (?, ?, ?)"),
      select_same_(database,
                   "SELECT count(*) FROM ledger_segments WHERE replica = ? AND first_sequence = ? "
                   "AND last_sequence = ? AND hash = ?"),
      // Of a group's columns SQLite takes those of the row that has the maximum.
      select_heads_(
          database,
          "SELECT replica, max(last_sequence), hash, ended_at FROM ledger_segments GROUP BY replica "
          "ORDER BY ended_at DESC, replica LIMIT ?"),
      select_prunable_(
          database,
          "SELECT s.replica, s.last_sequence, s.hash FROM ledger_segments s WHERE s.ended_at < ?1 "
          "AND NOT EXISTS (SELECT 1 FROM ledger_segments e WHERE e.replica = s.replica "
          "AND e.first_sequence < s.first_sequence AND e.ended_at >= ?1) "
          "ORDER BY s.ended_at, s.replica, s.first_sequence LIMIT ?2"),
      upsert_beginning_(database,
                        "INSERT INTO ledger_beginnings (replica, last_sequence, hash, made_at, statement) "
                        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (replica) DO UPDATE SET last_sequence = "
                        "excluded.last_sequence, "
                        "hash = excluded.hash, made_at = excluded.made_at, statement = excluded.statement "
                        "WHERE excluded.last_sequence > ledger_beginnings.last_sequence"),
      delete_(database, "DELETE FROM ledger_segments WHERE replica = ? AND last_sequence <= ?"),
      forget_(database,
              "DELETE FROM ledger_beginnings WHERE made_at < ? AND NOT EXISTS (SELECT 1 FROM "
              "ledger_segments s WHERE s.replica = ledger_beginnings.replica)"),
      select_(database, std::string(kSelect) + kWanted + kInOrder),
      select_by_fingerprint_(database, std::string(kSelect) +
                                           "JOIN ledger_fingerprints f USING (replica, first_sequence) " +
                                           kWanted + "AND f.fingerprint = ?6 " + kInOrder),
      select_latest_(database, std::string(kSelect) +
                                   "ORDER BY s.ended_at DESC, s.replica, s.first_sequence DESC LIMIT ?"),
      select_beginnings_(database,
                         "SELECT replica, last_sequence, hash, made_at, statement FROM ledger_beginnings "
                         "WHERE replica > ? ORDER BY replica LIMIT ?") {
}

Result<> SqliteLedger::append(const LedgerSegment& segment) {
  return in_transaction(database_, [&]() -> Result<> {
    Use insert(insert_);
    insert.bind(to_text(segment.replica))
        .bind(signed_number(segment.first))
        .bind(signed_number(segment.last));
    insert.bind(micros(segment.begun_at))
        .bind(micros(segment.ended_at))
        .bind(segment.hash)
        .bind(segment.lines);
    if (insert.exec() == 0) return check_same(segment);
    for (const std::string& fingerprint : segment.fingerprints) {
      Use(insert_fingerprint_)
          .bind(fingerprint)
          .bind(to_text(segment.replica))
          .bind(signed_number(segment.first))
          .exec();
    }
    return {};
  });
}

Result<> SqliteLedger::check_same(const LedgerSegment& segment) {
  Use same(select_same_);
  same.bind(to_text(segment.replica)).bind(signed_number(segment.first)).bind(signed_number(segment.last));
  same.bind(segment.hash);
  if (!same.step() || same.column(0).getInt64() == 0) return other_segment(segment);
  return {};
}

Result<> SqliteLedger::prune(const std::vector<LedgerBeginning>& beginnings) {
  return in_transaction(database_, [&]() -> Result<> {
    for (const LedgerBeginning& each : beginnings) {
      const std::string replica = to_text(each.pruned.replica);
      const std::int64_t sequence = signed_number(each.pruned.sequence);
      const int stated = Use(upsert_beginning_)
                             .bind(replica)
                             .bind(sequence)
                             .bind(each.pruned.hash)
                             .bind(micros(each.at))
                             .bind(each.statement)
                             .exec();
      if (stated > 0) Use(delete_).bind(replica).bind(sequence).exec();
    }
    return {};
  });
}

Result<> SqliteLedger::forget_beginnings(TimePoint when) {
  return in_transaction(database_, [&]() -> Result<> {
    Use(forget_).bind(micros(when)).exec();
    return {};
  });
}

Result<std::vector<LedgerHead>> SqliteLedger::heads(std::size_t limit) {
  try {
    Use rows(select_heads_);
    rows.bind(signed_number(limit));
    return all_rows<LedgerHead>(rows, to_head);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<LedgerHead>> SqliteLedger::prunable(TimePoint when, std::size_t limit) {
  try {
    Use rows(select_prunable_);
    rows.bind(micros(when)).bind(signed_number(limit));
    const Result<std::vector<LedgerHead>> found = all_rows<LedgerHead>(rows, to_head);
    if (!found) return found;
    return last_of_each(*found);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<LedgerSegment>> SqliteLedger::segments(const LedgerQuery& query,
                                                          const std::optional<LedgerPosition>& after,
                                                          std::size_t limit) {
  try {
    Use rows(query.fingerprint ? select_by_fingerprint_ : select_);
    bind_query(rows, query, after, limit);
    if (query.fingerprint) rows.bind(*query.fingerprint);
    return all_rows<LedgerSegment>(rows, to_segment);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<LedgerSegment>> SqliteLedger::latest(std::size_t limit) {
  try {
    Use rows(select_latest_);
    rows.bind(signed_number(limit));
    return all_rows<LedgerSegment>(rows, to_segment);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<LedgerBeginning>> SqliteLedger::beginnings(const std::optional<ReplicaId>& after,
                                                              std::size_t limit) {
  try {
    Use rows(select_beginnings_);
    rows.bind(after ? to_text(*after) : std::string()).bind(signed_number(limit));
    return all_rows<LedgerBeginning>(rows, to_beginning);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

}  // namespace hubwarden::store

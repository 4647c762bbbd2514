#include "store/postgres_ledger.h"

#include <utility>

#include "base/text.h"
#include "store/record_text.h"

namespace hubwarden::store {
namespace {

constexpr PostgresStatement kAppend = {
    "append_segment",
    "WITH added AS (INSERT INTO ledger_segments (replica, first_sequence, last_sequence, begun_at, ended_at, "
    "hash, lines) VALUES ($1, $2, $3, $4, $5, decode($6, 'hex'), $7) ON CONFLICT DO NOTHING "
    "RETURNING replica, first_sequence), "
    "found AS (INSERT INTO ledger_fingerprints (fingerprint, replica, first_sequence) "
    "SELECT each, replica, first_sequence FROM added, unnest($8::text[]) AS each) "
    "SELECT count(*) FROM added"};
constexpr PostgresStatement kSelectSame = {
    "select_same_segment",
    "SELECT count(*) FROM ledger_segments WHERE replica = $1 AND first_sequence = $2 AND last_sequence = $3 "
    "AND hash = decode($4, 'hex')"};
constexpr PostgresStatement kSelectHeads = {
    "select_ledger_heads",
    "SELECT replica, last_sequence, encode(hash, 'hex') FROM (SELECT DISTINCT ON (replica) replica, "
    "last_sequence, hash, ended_at FROM ledger_segments ORDER BY replica, first_sequence DESC) AS heads "
    "ORDER BY ended_at DESC, replica LIMIT $1"};
constexpr PostgresStatement kSelectPrunable = {
    "select_prunable",
    "SELECT s.replica, s.last_sequence, encode(s.hash, 'hex') FROM ledger_segments s WHERE s.ended_at < $1 "
    "AND NOT EXISTS (SELECT FROM ledger_segments e WHERE e.replica = s.replica "
    "AND e.first_sequence < s.first_sequence AND e.ended_at >= $1) "
    "ORDER BY s.ended_at, s.replica, s.first_sequence LIMIT $2"};
constexpr PostgresStatement kState = {
    "state_beginning",
    "INSERT INTO ledger_beginnings AS known (replica, last_sequence, hash, made_at, statement) "
    "VALUES ($1, $2, decode($3, 'hex'), $4, $5) ON CONFLICT (replica) DO UPDATE SET "
    "last_sequence = excluded.last_sequence, hash = excluded.hash, made_at = excluded.made_at, "
    "statement = excluded.statement WHERE excluded.last_sequence > known.last_sequence"};
constexpr PostgresStatement kDelete = {
    "delete_segments", "DELETE FROM ledger_segments WHERE replica = $1 AND last_sequence <= $2"};
constexpr PostgresStatement kForget = {
    "forget_beginnings",
    "DELETE FROM ledger_beginnings b WHERE b.made_at < $1 "
    "AND NOT EXISTS (SELECT FROM ledger_segments s WHERE s.replica = b.replica)"};

// In the order in which segment_in reads them.
constexpr PostgresStatement kSelect = {
    "select_segments",
    "SELECT s.replica, s.first_sequence, s.last_sequence, s.begun_at, s.ended_at, encode(s.hash, 'hex'), "
    "s.lines FROM ledger_segments s WHERE (s.replica, s.first_sequence) > ($1, $2) "
    "AND ($3::text IS NULL OR s.replica = $3) AND ($4::bigint IS NULL OR s.ended_at >= $4) "
    "ORDER BY s.replica, s.first_sequence LIMIT $5"};
constexpr PostgresStatement kSelectByFingerprint = {
    "select_segments_by_fingerprint",
    "SELECT s.replica, s.first_sequence, s.last_sequence, s.begun_at, s.ended_at, encode(s.hash, 'hex'), "
    "s.lines FROM ledger_segments s JOIN ledger_fingerprints f USING (replica, first_sequence) "
    "WHERE (s.replica, s.first_sequence) > ($1, $2) "
    "AND ($3::text IS NULL OR s.replica = $3) AND ($4::bigint IS NULL OR s.ended_at >= $4) "
    "AND f.fingerprint = $6 ORDER BY s.replica, s.first_sequence LIMIT $5"};
constexpr PostgresStatement kSelectLatest = {
    "select_latest_segments",
    "SELECT s.replica, s.first_sequence, s.last_sequence, s.begun_at, s.ended_at, encode(s.hash, 'hex'), "
    "s.lines FROM ledger_segments s ORDER BY s.ended_at DESC, s.replica, s.first_sequence DESC LIMIT $1"};
constexpr PostgresStatement kSelectBeginnings = {
    "select_beginnings",
    "SELECT replica, last_sequence, encode(hash, 'hex'), made_at, statement FROM ledger_beginnings "
    "WHERE replica > $1 ORDER BY replica LIMIT $2"};

std::string text_of(std::uint64_t count) {
  return std::to_string(signed_number(count));
}
std::string text_of(TimePoint time) {
  return std::to_string(micros(time));
}

// Replica, sequence and hash.
Result<LedgerHead> head_in(const PostgresRows& rows, std::size_t row) {
  const auto id = parse_replica_id(rows.text(row, 0));
  const auto hash = rows.digest(row, 2);
  if (!id || !hash) return damaged_ledger(rows.text(row, 0));
  return LedgerHead(*id, count_of(rows.number(row, 1)), *hash);
}

Result<LedgerBeginning> beginning_in(const PostgresRows& rows, std::size_t row) {
  const Result<LedgerHead> head = head_in(rows, row);
  if (!head) return std::unexpected(head.error());
  return LedgerBeginning(*head, rows.time(row, 3), std::string(rows.text(row, 4)));
}

Result<LedgerSegment> segment_in(const PostgresRows& rows, std::size_t row) {
  const auto id = parse_replica_id(rows.text(row, 0));
  const auto hash = rows.digest(row, 5);
  if (!id || !hash) return damaged_ledger(rows.text(row, 0));
  LedgerSegment segment(*id, count_of(rows.number(row, 1)), count_of(rows.number(row, 2)));
  segment.begun_at = rows.time(row, 3);
  segment.ended_at = rows.time(row, 4);
  segment.hash = *hash;
  segment.lines = rows.text(row, 6);
  return segment;
}

template <class Value>
Result<std::vector<Value>> select(PostgresSession& session, const PostgresStatement& statement,
                                  const PostgresValues& values,
                                  Result<Value> (*read)(const PostgresRows&, std::size_t)) {
  const Result<PostgresRows> rows = session.ask(statement, values);
  if (!rows) return std::unexpected(rows.error());
  std::vector<Value> found;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    Result<Value> value = read(*rows, row);
    if (!value) return std::unexpected(value.error());
    found.push_back(*std::move(value));
  }
  return found;
}

}  // namespace

Result<> append_segment(PostgresSession& session, const LedgerSegment& segment) {
  const std::string replica = to_text(segment.replica);
  const Result<PostgresRows> added =
      session.ask(kAppend, {replica, text_of(segment.first), text_of(segment.last), text_of(segment.begun_at),
                            text_of(segment.ended_at), hex(segment.hash), segment.lines,
                            postgres_array(segment.fingerprints)});
  if (!added) return std::unexpected(added.error());
  if (added->number(0, 0) > 0) return {};
  const Result<PostgresRows> same =
      session.ask(kSelectSame, {replica, text_of(segment.first), text_of(segment.last), hex(segment.hash)});
  if (!same) return std::unexpected(same.error());
  if (same->number(0, 0) == 0) return other_segment(segment);
  return {};
}

Result<> prune_ledger(PostgresSession& session, const std::vector<LedgerBeginning>& beginnings) {
  for (const LedgerBeginning& each : beginnings) {
    const LedgerHead& pruned = each.pruned;
    const std::string replica = to_text(pruned.replica);
    const Result<PostgresRows> stated = session.ask(
        kState, {replica, text_of(pruned.sequence), hex(pruned.hash), text_of(each.at), each.statement});
    if (!stated) return std::unexpected(stated.error());
    if (stated->changed() == 0) continue;
    const Result<PostgresRows> deleted = session.ask(kDelete, {replica, text_of(pruned.sequence)});
    if (!deleted) return std::unexpected(deleted.error());
  }
  return {};
}

Result<> forget_ledger_beginnings(PostgresSession& session, TimePoint when) {
  const Result<PostgresRows> forgotten = session.ask(kForget, {text_of(when)});
  if (!forgotten) return std::unexpected(forgotten.error());
  return {};
}

Result<std::vector<LedgerHead>> read_ledger_heads(PostgresSession& session, std::size_t limit) {
  return select<LedgerHead>(session, kSelectHeads, {text_of(limit)}, head_in);
}

Result<std::vector<LedgerHead>> read_prunable(PostgresSession& session, TimePoint when, std::size_t limit) {
  const auto found = select<LedgerHead>(session, kSelectPrunable, {text_of(when), text_of(limit)}, head_in);
  if (!found) return found;
  return last_of_each(*found);
}

Result<std::vector<LedgerSegment>> read_segments(PostgresSession& session, const LedgerQuery& query,
                                                 const std::optional<LedgerPosition>& after,
                                                 std::size_t limit) {
  PostgresValues values = {after ? to_text(after->replica) : std::string(),
                           text_of(after ? after->first : 0)};
  values.push_back(query.replica ? std::optional(to_text(*query.replica)) : std::nullopt);
  values.push_back(query.since ? std::optional(text_of(*query.since)) : std::nullopt);
  values.push_back(text_of(limit));
  if (!query.fingerprint) return select<LedgerSegment>(session, kSelect, values, segment_in);
  values.push_back(*query.fingerprint);
  return select<LedgerSegment>(session, kSelectByFingerprint, values, segment_in);
}

Result<std::vector<LedgerSegment>> read_latest_segments(PostgresSession& session, std::size_t limit) {
  return select<LedgerSegment>(session, kSelectLatest, {text_of(limit)}, segment_in);
}

Result<std::vector<LedgerBeginning>> read_beginnings(PostgresSession& session,
                                                     const std::optional<ReplicaId>& after,
                                                     std::size_t limit) {
  return select<LedgerBeginning>(session, kSelectBeginnings,
                                 {after ? to_text(*after) : std::string(), text_of(limit)}, beginning_in);
}

}  // namespace hubwarden::store

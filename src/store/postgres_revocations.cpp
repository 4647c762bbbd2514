#include "store/postgres_revocations.h"

#include <utility>

#include "store/record_text.h"

namespace hubwarden::store {
namespace {

constexpr PostgresStatement kInsert = {
    "insert_revocation",
    "INSERT INTO revocations (id, kind, subject, within, host, repository, installation, made_by, reason, "
    "made_at, ends_at, lifted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
    "ON CONFLICT DO NOTHING"};
constexpr PostgresStatement kLift = {
    "lift_revocation", "UPDATE revocations SET lifted_at = coalesce(lifted_at, $1) WHERE id = $2"};
constexpr PostgresStatement kNoteOutcome = {
    "note_revocation_outcome",
    "INSERT INTO revocation_outcomes (revocation, replica, at, revoked, left_over) "
    "SELECT id, $1, $2::bigint, $3::bigint, $4 FROM revocations WHERE id = $5 "
    "ON CONFLICT (revocation, replica) DO UPDATE SET at = excluded.at, revoked = excluded.revoked, "
    "left_over = excluded.left_over"};
constexpr PostgresStatement kForget = {
    "forget_revocations",
    "DELETE FROM revocations WHERE id IN (SELECT id FROM revocations WHERE coalesce(lifted_at, ends_at) < $1 "
    "ORDER BY coalesce(lifted_at, ends_at) LIMIT $2) RETURNING id"};

constexpr PostgresStatement kSelect = {
    "select_revocations",
    "SELECT id, kind, subject, within, host, repository, installation, made_by, reason, made_at, ends_at, "
    "lifted_at FROM revocations WHERE id = ANY($1::text[]) ORDER BY id"};
constexpr PostgresStatement kSelectStanding = {
    "select_standing_revocation",
    "SELECT id, kind, subject, within, host, repository, installation, made_by, reason, made_at, ends_at, "
    "lifted_at FROM revocations WHERE kind = $1 AND subject = $2 AND within = $3 AND host = $4 "
    "AND lifted_at IS NULL"};
constexpr PostgresStatement kSelectPage = {
    "select_revocation_page",
    "SELECT id, kind, subject, within, host, repository, installation, made_by, reason, made_at, ends_at, "
    "lifted_at FROM revocations WHERE id > $1 ORDER BY id LIMIT $2"};
constexpr PostgresStatement kSelectOutcomes = {
    "select_revocation_outcomes",
    "SELECT replica, at, revoked, left_over FROM revocation_outcomes WHERE revocation = $1 ORDER BY replica"};

std::string text_of(std::uint64_t count) {
  return std::to_string(signed_number(count));
}
std::string text_of(TimePoint time) {
  return std::to_string(micros(time));
}
std::optional<std::string> text_of(const std::optional<TimePoint>& time) {
  return time ? std::optional(text_of(*time)) : std::nullopt;
}

Result<Revocation> revocation_in(const PostgresRows& rows, std::size_t row) {
  const auto id = parse_revocation_id(rows.text(row, 0));
  const auto kind = parse_revoked_kind(rows.text(row, 1));
  if (!id || !kind) return damaged_revocation(rows.text(row, 0));
  Revocation revocation(*id, *kind, std::string(rows.text(row, 2)), rows.time(row, 9));
  revocation.within = rows.text(row, 3);
  revocation.host = rows.text(row, 4);
  if (!rows.is_null(row, 5)) revocation.repository = RepositoryId(count_of(rows.number(row, 5)));
  if (!rows.is_null(row, 6)) revocation.installation = InstallationId(count_of(rows.number(row, 6)));
  revocation.made_by = rows.text(row, 7);
  revocation.reason = rows.text(row, 8);
  revocation.ends_at = rows.time_or_null(row, 10);
  revocation.lifted_at = rows.time_or_null(row, 11);
  return revocation;
}

PostgresValues values_of(const Revocation& revocation) {
  PostgresValues values = {to_text(revocation.id), std::string(to_string(revocation.kind)),
                           revocation.subject, revocation.within, revocation.host};
  const auto number = [&values](const auto& id) {
    values.push_back(id ? std::optional(text_of(id->value())) : std::nullopt);
  };
  number(revocation.repository);
  number(revocation.installation);
  values.push_back(revocation.made_by);
  values.push_back(revocation.reason);
  values.push_back(text_of(revocation.made_at));
  values.push_back(text_of(revocation.ends_at));
  values.push_back(text_of(revocation.lifted_at));
  return values;
}

Result<std::vector<Revocation>> select(PostgresSession& session, const PostgresStatement& statement,
                                       const PostgresValues& values) {
  const Result<PostgresRows> rows = session.ask(statement, values);
  if (!rows) return std::unexpected(rows.error());
  std::vector<Revocation> revocations;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    Result<Revocation> revocation = revocation_in(*rows, row);
    if (!revocation) return std::unexpected(revocation.error());
    revocations.push_back(*std::move(revocation));
  }
  return revocations;
}

// That which kept it from being inserted.
Result<Revocation> standing_like(PostgresSession& session, const Revocation& revocation) {
  Result<std::vector<Revocation>> standing = select(
      session, kSelectStanding,
      {std::string(to_string(revocation.kind)), revocation.subject, revocation.within, revocation.host});
  if (!standing) return std::unexpected(standing.error());
  if (standing->empty()) return not_new("revocation");
  return std::move(standing->front());
}

}  // namespace

Result<Revocation> insert_revocation(PostgresSession& session, const Revocation& revocation) {
  const Result<PostgresRows> inserted = session.ask(kInsert, values_of(revocation));
  if (!inserted) return std::unexpected(inserted.error());
  Result<Revocation> stands =
      inserted->changed() > 0 ? Result<Revocation>(revocation) : standing_like(session, revocation);
  if (!stands) return stands;
  // Also of one that stood already: this replica may not have heard of it.
  const Result<> announced = session.announce(PostgresRecord::kRevocation, {to_text(stands->id)});
  if (!announced) return std::unexpected(announced.error());
  return stands;
}

Result<> lift_revocation(PostgresSession& session, RevocationId id, TimePoint when) {
  const Result<PostgresRows> lifted = session.ask(kLift, {text_of(when), to_text(id)});
  if (!lifted) return std::unexpected(lifted.error());
  if (lifted->changed() == 0) return no_revocation(id);
  return session.announce(PostgresRecord::kRevocation, {to_text(id)});
}

Result<> note_revocation_outcome(PostgresSession& session, const RevocationOutcome& outcome) {
  const Result<PostgresRows> noted =
      session.ask(kNoteOutcome, {to_text(outcome.by), text_of(outcome.at), text_of(outcome.revoked),
                                 lines_text(outcome.left_over), to_text(outcome.of)});
  if (!noted) return std::unexpected(noted.error());
  return {};
}

Result<std::size_t> forget_revocations(PostgresSession& session, TimePoint when, std::size_t limit) {
  const Result<PostgresRows> forgotten = session.ask(kForget, {text_of(when), text_of(limit)});
  if (!forgotten) return std::unexpected(forgotten.error());
  std::vector<std::string> ids;
  for (std::size_t row = 0; row < forgotten->size(); ++row) ids.emplace_back(forgotten->text(row, 0));
  const Result<> announced = session.announce(PostgresRecord::kRevocation, ids);
  if (!announced) return std::unexpected(announced.error());
  return ids.size();
}

Result<Revocation> read_revocation(PostgresSession& session, RevocationId id) {
  Result<std::vector<Revocation>> found = read_revocations(session, {to_text(id)});
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return no_revocation(id);
  return std::move(found->front());
}

Result<std::vector<Revocation>> read_revocations(PostgresSession& session,
                                                 const std::vector<std::string>& ids) {
  return select(session, kSelect, {postgres_array(ids)});
}

Result<std::vector<Revocation>> list_revocations(PostgresSession& session,
                                                 const std::optional<RevocationId>& after,
                                                 std::size_t limit) {
  return select(session, kSelectPage, {after ? to_text(*after) : std::string(), text_of(limit)});
}

Result<std::vector<RevocationOutcome>> read_revocation_outcomes(PostgresSession& session, RevocationId id) {
  const Result<PostgresRows> rows = session.ask(kSelectOutcomes, {to_text(id)});
  if (!rows) return std::unexpected(rows.error());
  std::vector<RevocationOutcome> outcomes;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const Result<ReplicaId> replica = parse_replica_id(rows->text(row, 0));
    if (!replica) return damaged_revocation(to_text(id));
    RevocationOutcome outcome(id, *replica, rows->time(row, 1));
    outcome.revoked = count_of(rows->number(row, 2));
    outcome.left_over = lines_in(rows->text(row, 3));
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace hubwarden::store

#include "store/sqlite_revocations.h"

#include "base/text.h"
#include "store/record_text.h"
#include "store/sqlite_statement.h"

namespace hubwarden::store {
namespace {

// In the order in which to_revocation reads them.
constexpr const char* kSelect =
    "SELECT id, kind, subject, within, host, repository, installation, made_by, reason, made_at, ends_at, "
    "lifted_at FROM revocations ";

std::optional<TimePoint> time_or_null(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return from_micros(column.getInt64());
}

Result<Revocation> to_revocation(Use& row) {
  const std::string id_text = row.column(0).getString();
  const auto id = parse_revocation_id(id_text);
  const auto kind = parse_revoked_kind(row.column(1).getString());
  if (!id || !kind) return damaged_revocation(id_text);
  Revocation revocation(*id, *kind, row.column(2).getString(), from_micros(row.column(9).getInt64()));
  revocation.within = row.column(3).getString();
  revocation.host = row.column(4).getString();
  if (!row.column(5).isNull()) revocation.repository = RepositoryId(count_of(row.column(5).getInt64()));
  if (!row.column(6).isNull()) revocation.installation = InstallationId(count_of(row.column(6).getInt64()));
  revocation.made_by = row.column(7).getString();
  revocation.reason = row.column(8).getString();
  revocation.ends_at = time_or_null(row.column(10));
  revocation.lifted_at = time_or_null(row.column(11));
  return revocation;
}

void bind_time(Use& use, const std::optional<TimePoint>& time) {
  time ? use.bind(micros(*time)) : use.bind(std::nullopt);
}

template <class Number>
void bind_id(Use& use, const std::optional<Number>& id) {
  id ? use.bind(signed_number(id->value())) : use.bind(std::nullopt);
}

void bind_all(Use& insert, const Revocation& revocation) {
  insert.bind(to_text(revocation.id))
      .bind(std::string(to_string(revocation.kind)))
      .bind(revocation.subject)
      .bind(revocation.within)
      .bind(revocation.host);
  bind_id(insert, revocation.repository);
  bind_id(insert, revocation.installation);
  insert.bind(revocation.made_by).bind(revocation.reason).bind(micros(revocation.made_at));
  bind_time(insert, revocation.ends_at);
  bind_time(insert, revocation.lifted_at);
}

}  // namespace

SqliteRevocations::SqliteRevocations(SQLite::Database& database)
    : database_(database),
      insert_(database,
              "INSERT INTO revocations (id, kind, subject, within, host, repository, installation, made_by, "
              "reason, made_at, ends_at, lifted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT DO NOTHING"),
      select_standing_(
          database, std::string(kSelect) +
                        "WHERE kind = ? AND subject = ? AND within = ? AND host = ? AND lifted_at IS NULL"),
      lift_(database, "UPDATE revocations SET lifted_at = coalesce(lifted_at, ?) WHERE id = ?"),
      note_outcome_(database,
                    "INSERT INTO revocation_outcomes (revocation, replica, at, revoked, left_over) "
                    "SELECT id, ?, ?, ?, ? FROM revocations WHERE id = ? "
                    "ON CONFLICT (revocation, replica) DO UPDATE SET at = excluded.at, "
                    "revoked = excluded.revoked, left_over = excluded.left_over"),
      select_over_(database,
                   "SELECT id FROM revocations WHERE coalesce(lifted_at, ends_at) < ? "
                   "ORDER BY coalesce(lifted_at, ends_at) LIMIT ?"),
      delete_(database, "DELETE FROM revocations WHERE id = ?"),
      select_(database, std::string(kSelect) + "WHERE id = ?"),
      select_page_(database, std::string(kSelect) + "WHERE id > ? ORDER BY id LIMIT ?"),
      select_outcomes_(database,
                       "SELECT replica, at, revoked, left_over FROM revocation_outcomes "
                       "WHERE revocation = ? ORDER BY replica") {
}

Result<Revocation> SqliteRevocations::revoke(const Revocation& revocation) {
  return in_transaction(database_, [&]() -> Result<Revocation> {
    Use insert(insert_);
    bind_all(insert, revocation);
    if (insert.exec() != 0) return revocation;
    Use row(select_standing_);
    row.bind(std::string(to_string(revocation.kind)))
        .bind(revocation.subject)
        .bind(revocation.within)
        .bind(revocation.host);
    if (!row.step()) return not_new("revocation");
    return to_revocation(row);
  });
}

Result<Revocation> SqliteRevocations::lift(RevocationId id, TimePoint when) {
  return in_transaction(database_, [&]() -> Result<Revocation> {
    Use(lift_).bind(micros(when)).bind(to_text(id)).exec();
    return read(id);
  });
}

Result<> SqliteRevocations::note_outcome(const RevocationOutcome& outcome) {
  return in_transaction(database_, [&]() -> Result<> {
    Use(note_outcome_)
        .bind(to_text(outcome.by))
        .bind(micros(outcome.at))
        .bind(signed_number(outcome.revoked))
        .bind(lines_text(outcome.left_over))
        .bind(to_text(outcome.of))
        .exec();
    return {};
  });
}

Result<std::vector<RevocationId>> SqliteRevocations::forget_over(TimePoint when, std::size_t limit) {
  return in_transaction(database_, [&]() -> Result<std::vector<RevocationId>> {
    std::vector<RevocationId> over;
    {
      Use row(select_over_);
      row.bind(micros(when)).bind(signed_number(limit));
      while (row.step()) {
        const std::string id_text = row.column(0).getString();
        const Result<RevocationId> id = parse_revocation_id(id_text);
        if (!id) return damaged_revocation(id_text);
        over.push_back(*id);
      }
    }
    for (const RevocationId id : over) Use(delete_).bind(to_text(id)).exec();
    return over;
  });
}

Result<Revocation> SqliteRevocations::find(RevocationId id) {
  try {
    return read(id);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<Revocation>> SqliteRevocations::list(const std::optional<RevocationId>& after,
                                                        std::size_t limit) {
  try {
    Use page(select_page_);
    page.bind(after ? to_text(*after) : std::string()).bind(signed_number(limit));
    std::vector<Revocation> revocations;
    while (page.step()) {
      Result<Revocation> revocation = to_revocation(page);
      if (!revocation) return std::unexpected(revocation.error());
      revocations.push_back(*std::move(revocation));
    }
    return revocations;
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<RevocationOutcome>> SqliteRevocations::outcomes(RevocationId id) {
  try {
    Use row(select_outcomes_);
    row.bind(to_text(id));
    std::vector<RevocationOutcome> outcomes;
    while (row.step()) {
      const Result<ReplicaId> replica = parse_replica_id(row.column(0).getString());
      if (!replica) return damaged_revocation(to_text(id));
      RevocationOutcome outcome(id, *replica, from_micros(row.column(1).getInt64()));
      outcome.revoked = count_of(row.column(2).getInt64());
      outcome.left_over = lines_in(row.column(3).getString());
      outcomes.push_back(std::move(outcome));
    }
    return outcomes;
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<Revocation> SqliteRevocations::read(RevocationId id) {
  Use row(select_);
  row.bind(to_text(id));
  if (!row.step()) return no_revocation(id);
  return to_revocation(row);
}

}  // namespace hubwarden::store

#include "store/sqlite_handles.h"

#include "store/record_text.h"
#include "store/sqlite_statement.h"

namespace hubwarden::store {
namespace {

// In the order in which to_handle reads them.
constexpr const char* kSelect =
    "SELECT id, digest, issuer, repository, host, operations, priority, concurrent, requests, bytes, "
    "spent_requests, spent_bytes, created_at, expires_at, revoked_at FROM handles ";

std::uint64_t count_in(const SQLite::Column& column) {
  return count_of(column.getInt64());
}

Result<Handle> to_handle(Use& row) {
  const std::string id_text = row.column(0).getString();
  const auto id = parse_handle_id(id_text);
  const auto digest = digest_in(row.column(1));
  const auto repository = policy::Repository::parse(row.column(3).getString());
  const auto priority = policy::parse_priority(row.column(6).getString());
  const auto limits =
      policy::BudgetLimits::make(count_in(row.column(7)), count_in(row.column(8)), count_in(row.column(9)));
  if (!id || !digest || !repository || !priority || !limits) return damaged_handle(id_text);
  Handle handle(*id, *digest, row.column(2).getString(), *repository, row.column(5).getString(),
                from_micros(row.column(12).getInt64()), from_micros(row.column(13).getInt64()));
  if (!row.column(4).isNull()) {
    const auto host = policy::HostName::parse(row.column(4).getString());
    if (!host) return damaged_handle(id_text);
    handle.host = *host;
  }
  handle.priority = *priority;
  handle.limits = *limits;
  handle.spent = policy::BudgetSpent(count_in(row.column(10)), count_in(row.column(11)));
  if (!row.column(14).isNull()) handle.revoked_at = from_micros(row.column(14).getInt64());
  return handle;
}

void bind_all(Use& insert, const Handle& handle) {
  insert.bind(to_text(handle.id)).bind(handle.digest).bind(handle.issuer).bind(handle.repository.shown());
  handle.host ? insert.bind(handle.host->text()) : insert.bind(std::nullopt);
  insert.bind(handle.operations)
      .bind(std::string(to_string(handle.priority)))
      .bind(signed_number(handle.limits.concurrent()))
      .bind(signed_number(handle.limits.requests()))
      .bind(signed_number(handle.limits.bytes()))
      .bind(signed_number(handle.spent.requests))
      .bind(signed_number(handle.spent.bytes))
      .bind(micros(handle.created_at))
      .bind(micros(handle.expires_at));
  handle.revoked_at ? insert.bind(micros(*handle.revoked_at)) : insert.bind(std::nullopt);
}

}  // namespace

SqliteHandles::SqliteHandles(SQLite::Database& database)
    : database_(database),
      insert_(database,
              "INSERT INTO handles (id, digest, issuer, repository, host, operations, priority, concurrent, "
              "requests, bytes, spent_requests, spent_bytes, created_at, expires_at, revoked_at) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
      revoke_(database, "UPDATE handles SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?"),
      note_spent_(database,
                  "UPDATE handles SET spent_requests = max(spent_requests, ?), "
                  "spent_bytes = max(spent_bytes, ?) WHERE id = ?"),
      select_ended_(database,
                    "SELECT id FROM handles WHERE min(expires_at, coalesce(revoked_at, expires_at)) < ? "
                    "ORDER BY min(expires_at, coalesce(revoked_at, expires_at)) LIMIT ?"),
      delete_(database, "DELETE FROM handles WHERE id = ?"),
      select_(database, std::string(kSelect) + "WHERE id = ?"),
      select_page_(database, std::string(kSelect) + "WHERE id > ? ORDER BY id LIMIT ?") {
}

Result<> SqliteHandles::issue(const Handle& handle) {
  return in_transaction(database_, [&]() -> Result<> {
    Use insert(insert_);
    bind_all(insert, handle);
    if (insert.exec() == 0) return not_new("handle");
    return {};
  });
}

Result<Handle> SqliteHandles::revoke(HandleId id, TimePoint when) {
  return in_transaction(database_, [&]() -> Result<Handle> {
    Use(revoke_).bind(micros(when)).bind(to_text(id)).exec();
    return read(id);
  });
}

Result<> SqliteHandles::note_spent(const std::vector<HandleSpent>& spent) {
  return in_transaction(database_, [&]() -> Result<> {
    for (const HandleSpent& each : spent) {
      Use(note_spent_)
          .bind(signed_number(each.spent.requests))
          .bind(signed_number(each.spent.bytes))
          .bind(to_text(each.handle))
          .exec();
    }
    return {};
  });
}

Result<std::vector<HandleId>> SqliteHandles::forget_ended(TimePoint when, std::size_t limit) {
  return in_transaction(database_, [&]() -> Result<std::vector<HandleId>> {
    std::vector<HandleId> ended;
    Use row(select_ended_);
    row.bind(micros(when)).bind(signed_number(limit));
    while (row.step()) {
      const std::string id_text = row.column(0).getString();
      const Result<HandleId> id = parse_handle_id(id_text);
      if (!id) return damaged_handle(id_text);
      ended.push_back(*id);
    }
    for (const HandleId id : ended) Use(delete_).bind(to_text(id)).exec();
    return ended;
  });
}

Result<Handle> SqliteHandles::find(HandleId id) {
  try {
    return read(id);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<Handle>> SqliteHandles::list(const std::optional<HandleId>& after, std::size_t limit) {
  try {
    Use page(select_page_);
    page.bind(after ? to_text(*after) : std::string()).bind(signed_number(limit));
    std::vector<Handle> handles;
    while (page.step()) {
      Result<Handle> handle = to_handle(page);
      if (!handle) return std::unexpected(handle.error());
      handles.push_back(*std::move(handle));
    }
    return handles;
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<Handle> SqliteHandles::read(HandleId id) {
  Use row(select_);
  row.bind(to_text(id));
  if (!row.step()) return no_handle(id);
  return to_handle(row);
}

}  // namespace hubwarden::store

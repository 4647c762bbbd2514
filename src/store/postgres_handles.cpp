#include "store/postgres_handles.h"

#include <utility>

#include "base/text.h"
#include "store/record_text.h"

namespace hubwarden::store {
namespace {

constexpr PostgresStatement kInsert = {
    "insert_handle",
    "INSERT INTO handles (id, digest, issuer, repository, host, operations, priority, concurrent, requests, "
    "bytes, spent_requests, spent_bytes, created_at, expires_at, revoked_at) VALUES "
    "($1, decode($2, 'hex'), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) "
    "ON CONFLICT DO NOTHING"};
constexpr PostgresStatement kRevoke = {
    "revoke_handle", "UPDATE handles SET revoked_at = coalesce(revoked_at, $1) WHERE id = $2"};
constexpr PostgresStatement kNoteSpent = {
    "note_spent",
    "UPDATE handles h SET spent_requests = greatest(h.spent_requests, noted.requests), "
    "spent_bytes = greatest(h.spent_bytes, noted.bytes) "
    "FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS noted (id, requests, bytes) "
    "WHERE h.id = noted.id"};
constexpr PostgresStatement kForget = {
    "forget_handles",
    "DELETE FROM handles WHERE id IN (SELECT id FROM handles WHERE least(expires_at, revoked_at) < $1 "
    "ORDER BY least(expires_at, revoked_at) LIMIT $2) RETURNING id"};
// A replica that was away for longer has missed some, and finds that out by the number: PostgresFollower.
constexpr PostgresStatement kForgetChanges = {
    "forget_changes",
    "WITH old AS (DELETE FROM changes WHERE made_at < now() - interval '1 day' RETURNING seq) "
    "UPDATE about SET forgotten = (SELECT max(seq) FROM old) WHERE EXISTS (SELECT FROM old)"};

constexpr PostgresStatement kSelect = {
    "select_handles",
    "SELECT id, encode(digest, 'hex'), issuer, repository, host, operations, priority, concurrent, requests, "
    "bytes, spent_requests, spent_bytes, created_at, expires_at, revoked_at FROM handles "
    "WHERE id = ANY($1::text[]) ORDER BY id"};
constexpr PostgresStatement kSelectPage = {
    "select_handle_page",
    "SELECT id, encode(digest, 'hex'), issuer, repository, host, operations, priority, concurrent, requests, "
    "bytes, spent_requests, spent_bytes, created_at, expires_at, revoked_at FROM handles "
    "WHERE id > $1 ORDER BY id LIMIT $2"};

std::string text_of(std::uint64_t count) {
  return std::to_string(signed_number(count));
}
std::string text_of(TimePoint time) {
  return std::to_string(micros(time));
}

Result<Handle> handle_in(const PostgresRows& rows, std::size_t row) {
  const auto count = [&](int column) { return count_of(rows.number(row, column)); };
  const auto id = parse_handle_id(rows.text(row, 0));
  const auto digest = rows.digest(row, 1);
  const auto repository = policy::Repository::parse(rows.text(row, 3));
  const auto priority = policy::parse_priority(rows.text(row, 6));
  const auto limits = policy::BudgetLimits::make(count(7), count(8), count(9));
  if (!id || !digest || !repository || !priority || !limits) return damaged_handle(rows.text(row, 0));
  Handle handle(*id, *digest, std::string(rows.text(row, 2)), *repository, std::string(rows.text(row, 5)),
                rows.time(row, 12), rows.time(row, 13));
  if (!rows.is_null(row, 4)) {
    const auto host = policy::HostName::parse(rows.text(row, 4));
    if (!host) return damaged_handle(rows.text(row, 0));
    handle.host = *host;
  }
  handle.priority = *priority;
  handle.limits = *limits;
  handle.spent = policy::BudgetSpent(count(10), count(11));
  handle.revoked_at = rows.time_or_null(row, 14);
  return handle;
}

PostgresValues values_of(const Handle& handle) {
  PostgresValues values = {to_text(handle.id), hex(handle.digest), handle.issuer, handle.repository.shown()};
  values.push_back(handle.host ? std::optional(handle.host->text()) : std::nullopt);
  values.push_back(handle.operations);
  values.push_back(std::string(to_string(handle.priority)));
  for (const std::uint64_t count : {handle.limits.concurrent(), handle.limits.requests(),
                                    handle.limits.bytes(), handle.spent.requests, handle.spent.bytes}) {
    values.push_back(text_of(count));
  }
  values.push_back(text_of(handle.created_at));
  values.push_back(text_of(handle.expires_at));
  values.push_back(handle.revoked_at ? std::optional(text_of(*handle.revoked_at)) : std::nullopt);
  return values;
}

Result<std::vector<Handle>> select(PostgresSession& session, const PostgresStatement& statement,
                                   const PostgresValues& values) {
  const Result<PostgresRows> rows = session.ask(statement, values);
  if (!rows) return std::unexpected(rows.error());
  std::vector<Handle> handles;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    Result<Handle> handle = handle_in(*rows, row);
    if (!handle) return std::unexpected(handle.error());
    handles.push_back(*std::move(handle));
  }
  return handles;
}

}  // namespace

Result<> insert_handle(PostgresSession& session, const Handle& handle) {
  const Result<PostgresRows> inserted = session.ask(kInsert, values_of(handle));
  if (!inserted) return std::unexpected(inserted.error());
  if (inserted->changed() == 0) return not_new("handle");
  return session.announce(PostgresRecord::kHandle, {to_text(handle.id)});
}

Result<> revoke_handle(PostgresSession& session, HandleId id, TimePoint when) {
  const Result<PostgresRows> revoked = session.ask(kRevoke, {text_of(when), to_text(id)});
  if (!revoked) return std::unexpected(revoked.error());
  if (revoked->changed() == 0) return no_handle(id);
  return session.announce(PostgresRecord::kHandle, {to_text(id)});
}

Result<> note_spent(PostgresSession& session, const std::vector<HandleSpent>& spent) {
  std::vector<std::string> ids;
  std::vector<std::string> requests;
  std::vector<std::string> bytes;
  for (const HandleSpent& each : spent) {
    ids.push_back(to_text(each.handle));
    requests.push_back(text_of(each.spent.requests));
    bytes.push_back(text_of(each.spent.bytes));
  }
  const Result<PostgresRows> noted =
      session.ask(kNoteSpent, {postgres_array(ids), postgres_array(requests), postgres_array(bytes)});
  if (!noted) return std::unexpected(noted.error());
  return {};
}

Result<std::size_t> forget_ended_handles(PostgresSession& session, TimePoint when, std::size_t limit) {
  const Result<PostgresRows> forgotten = session.ask(kForget, {text_of(when), text_of(limit)});
  if (!forgotten) return std::unexpected(forgotten.error());
  std::vector<std::string> ids;
  for (std::size_t row = 0; row < forgotten->size(); ++row) {
    const std::string_view text = forgotten->text(row, 0);
    if (!parse_handle_id(text)) return damaged_handle(text);
    ids.emplace_back(text);
  }
  const Result<PostgresRows> pruned = session.ask(kForgetChanges, {});
  if (!pruned) return std::unexpected(pruned.error());
  const Result<> announced = session.announce(PostgresRecord::kHandle, ids);
  if (!announced) return std::unexpected(announced.error());
  return ids.size();
}

Result<Handle> read_handle(PostgresSession& session, HandleId id) {
  Result<std::vector<Handle>> found = read_handles(session, {to_text(id)});
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return no_handle(id);
  return std::move(found->front());
}

Result<std::vector<Handle>> read_handles(PostgresSession& session, const std::vector<std::string>& ids) {
  return select(session, kSelect, {postgres_array(ids)});
}

Result<std::vector<Handle>> list_handles(PostgresSession& session, const std::optional<HandleId>& after,
                                         std::size_t limit) {
  return select(session, kSelectPage, {after ? to_text(*after) : std::string(), text_of(limit)});
}

}  // namespace hubwarden::store

#include "store/postgres_session.h"

#include <thread>

namespace hubwarden::store {
namespace {

using Kind = PostgresFailure::Kind;

// Between two attempts to connect to a server that says no at once, as one does that is being restarted.
constexpr std::chrono::milliseconds kPause(50);

// "hbwd", and 2: 1 is the lock of migrations. See the table of changes for what it is good for. It makes
// changes go one by one in the whole fleet, some hundreds in a second: they are an operator's, not a
// workspace's.
constexpr const char* kBegin = "BEGIN; SELECT pg_advisory_xact_lock(1751283556, 2)";

constexpr PostgresStatement kAnnounce = {
    "announce",
    "WITH made AS (INSERT INTO changes (kind, id) SELECT $1::text, unnest($2::text[]) RETURNING seq) "
    "SELECT max(seq), pg_notify('hubwarden', '') FROM made"};

bool passes(const PostgresFailure& failure) {
  // A serialisation failure or a deadlock: the server has undone it.
  return failure.kind == Kind::kLost || failure.sqlstate.starts_with("40");
}

Error away(std::string message) {
  return Error(ErrorCode::kUnavailable, std::move(message)).with_retry_after(std::chrono::seconds(1));
}

}  // namespace

Error to_error(const PostgresFailure& failure) {
  if (failure.kind != Kind::kRefused) return away("the records cannot be reached");
  const std::string_view state = failure.sqlstate;
  if (state.starts_with("53")) return away("the server of the records has no room");
  // The statement took too long there, or the fleet changes too much at once.
  if (state == "57014" || state.starts_with("40") || state.starts_with("55")) {
    return away("the records are busy");
  }
  if (state == "42501") return Error(ErrorCode::kUnavailable, "the records cannot be read or written");
  if (state.starts_with("XX")) return Error(ErrorCode::kInternal, "the records are damaged");
  return Error(ErrorCode::kInternal, "the records failed: SQLSTATE " + failure.sqlstate);
}

std::string postgres_array(const std::vector<std::string>& ids) {
  std::string text = "{";
  for (const std::string& id : ids) {
    if (text.size() > 1) text += ',';
    text += '"' + id + '"';
  }
  return text + '}';
}

Error PostgresSession::failed(const PostgresFailure& failure) {
  failure_ = failure;
  return to_error(failure);
}

Result<> PostgresSession::connect() {
  failure_.reset();
  const PostgresLink::Outcome<> connected = link_.connect(deadline_);
  if (!connected) return std::unexpected(failed(connected.error()));
  return {};
}

Result<> PostgresSession::begin() {
  change_number_ = 0;
  if (Result<> connected = connect(); !connected) return connected;
  const PostgresLink::Outcome<PostgresRows> begun = link_.ask_plain(kBegin, deadline_);
  if (begun) return {};
  Error error = failed(begun.error());
  roll_back();
  return std::unexpected(std::move(error));
}

Result<> PostgresSession::commit() {
  const PostgresLink::Outcome<PostgresRows> committed = link_.ask_plain("COMMIT", deadline_);
  if (committed) return {};
  is_unclear_ = committed.error().kind != Kind::kRefused;
  return std::unexpected(failed(committed.error()));
}

void PostgresSession::roll_back() {
  if (link_.is_connected() && !link_.ask_plain("ROLLBACK", deadline_)) link_.close();
}

Result<PostgresRows> PostgresSession::ask(const PostgresStatement& statement, const PostgresValues& values) {
  PostgresLink::Outcome<PostgresRows> rows = link_.ask(statement, values, deadline_);
  if (!rows) return std::unexpected(failed(rows.error()));
  return std::move(*rows);
}

Result<> PostgresSession::announce(PostgresRecord kind, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  const Result<PostgresRows> made = ask(kAnnounce, {std::string(to_string(kind)), postgres_array(ids)});
  if (!made) return std::unexpected(made.error());
  change_number_ = made->number(0, 0);
  return {};
}

bool PostgresSession::may_try_again() {
  if (!failure_ || is_unclear_ || !passes(*failure_)) return false;
  if (std::chrono::steady_clock::now() + kPause >= deadline_) return false;
  std::this_thread::sleep_for(kPause);
  return true;
}

}  // namespace hubwarden::store

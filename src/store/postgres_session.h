#pragma once

// One call to the records in PostgreSQL: a connection, a deadline, and as many attempts as are safe.
//
//   PostgresSession session(link, deadline);
//   auto record = session.read([&] { return read_workspace(session, id); });
//   Result<> removed = session.change([&] { return delete_workspace(session, id); });
//   session.change_number();       // what the followers have to come to
//
// An attempt that lost its connection is repeated on a new one, because it has certainly changed nothing,
// unless it was lost in its commit: whether that has happened nobody knows, and the answer is `unavailable`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "store/postgres_link.h"

namespace hubwarden::store {

// Their names are what the table of changes has.
enum class PostgresRecord { kWorkspace, kHandle, kRevocation };
constexpr std::string_view to_string(PostgresRecord kind) {
  switch (kind) {
    case PostgresRecord::kWorkspace: return "workspace";
    case PostgresRecord::kHandle: return "handle";
    case PostgresRecord::kRevocation: return "revocation";
  }
  return "";
}

// What a failed statement means to the caller. Without PostgreSQL's own text, which can hold names of
// servers.
Error to_error(const PostgresFailure& failure);

// {"a","b"}. For ids, which need no escapes.
std::string postgres_array(const std::vector<std::string>& ids);

class PostgresSession {
 public:
  // The link outlives this.
  PostgresSession(PostgresLink& link, SteadyPoint deadline) : link_(link), deadline_(deadline) {}

  // Steps that only read, or one statement that may be made twice and has then happened once.
  template <class Steps>
  auto read(Steps steps) -> std::invoke_result_t<Steps&> {
    for (;;) {
      const Result<> connected = connect();
      std::invoke_result_t<Steps&> outcome = connected ? steps() : std::unexpected<Error>(connected.error());
      if (outcome || !may_try_again()) return outcome;
    }
  }

  // Steps in a transaction, while nobody else changes anything: all of them, or on a failure none.
  template <class Steps>
  auto change(Steps steps) -> std::invoke_result_t<Steps&> {
    for (;;) {
      std::invoke_result_t<Steps&> outcome = attempt(steps);
      if (outcome || !may_try_again()) return outcome;
    }
  }

  // Within the steps.
  Result<PostgresRows> ask(const PostgresStatement& statement, const PostgresValues& values);
  // Within the steps of a change: what observers are to be told of.
  Result<> announce(PostgresRecord kind, const std::vector<std::string>& ids);

  // Of what was announced last; 0 if nothing was.
  std::int64_t change_number() const { return change_number_; }
  // Why the last attempt failed, if it was the server or the way to it.
  const std::optional<PostgresFailure>& failure() const { return failure_; }
  SteadyPoint deadline() const { return deadline_; }

 private:
  template <class Steps>
  auto attempt(Steps& steps) -> std::invoke_result_t<Steps&> {
    if (const Result<> begun = begin(); !begun) return std::unexpected(begun.error());
    std::invoke_result_t<Steps&> outcome = steps();
    if (!outcome) {
      roll_back();
      return outcome;
    }
    if (const Result<> committed = commit(); !committed) return std::unexpected(committed.error());
    return outcome;
  }

  Result<> connect();
  Result<> begin();
  Result<> commit();
  void roll_back();
  // After a failure. Waits a little if there was no connection to be had.
  bool may_try_again();
  Error failed(const PostgresFailure& failure);

  PostgresLink& link_;
  const SteadyPoint deadline_;
  std::optional<PostgresFailure> failure_;  // of this attempt
  bool is_unclear_ = false;                 // it was lost in its commit
  std::int64_t change_number_ = 0;
};

}  // namespace hubwarden::store

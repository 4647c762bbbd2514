#include "store/postgres_link.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"

namespace hubwarden::store {
namespace {

using Kind = PostgresFailure::Kind;

constexpr std::size_t kMaxWhy = 300;

// The path keeps other schemas' tables out. The times end on the server what nobody waits for any more: a
// statement whose caller has gone, and the lock of a replica that stands still within a transaction.
constexpr const char* kSession =
    "SET search_path TO hubwarden; SET statement_timeout TO '10s'; "
    "SET idle_in_transaction_session_timeout TO '5s'; SET bytea_output TO 'hex'";

std::string one_line(const char* message) {
  return printable(message, kMaxWhy);
}

void drop_notice(void*, const PGresult*) {
}

// The server goes, is not what it was, or takes no writes: another connection may find a better one.
bool means_lost(std::string_view sqlstate) {
  return sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") ||
         sqlstate == "25006" || sqlstate == "25P03";
}

int milliseconds_until(SteadyPoint deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 3'600'000));
}

}  // namespace

void PostgresLink::Finish::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

void PostgresLink::close() {
  prepared_.clear();
  connection_.reset();
}

std::unexpected<PostgresFailure> PostgresLink::lost() {
  return lost(Kind::kLost, one_line(PQerrorMessage(connection_.get())));
}

std::unexpected<PostgresFailure> PostgresLink::lost(Kind kind, std::string why) {
  close();
  return std::unexpected(PostgresFailure(kind, std::move(why)));
}

PostgresLink::Ready PostgresLink::wait(short events, SteadyPoint deadline) const {
  std::array<pollfd, 2> waited = {pollfd{PQsocket(connection_.get()), events, 0},
                                  pollfd{interruption_, POLLIN, 0}};
  for (;;) {
    const int ready = poll(waited.data(), waited.size(), milliseconds_until(deadline));
    if (ready > 0 && waited[1].revents != 0) return Ready::kInterrupted;
    if (ready > 0) return Ready::kYes;
    if (std::chrono::steady_clock::now() >= deadline) return Ready::kTimedOut;
  }
}

PostgresLink::Outcome<> PostgresLink::await(short events, SteadyPoint deadline) {
  switch (wait(events, deadline)) {
    case Ready::kYes: return {};
    case Ready::kTimedOut: return lost(Kind::kTimedOut, "no answer in time");
    case Ready::kInterrupted: break;
  }
  return lost(Kind::kLost, "stopping");
}

PostgresLink::Outcome<> PostgresLink::connect(SteadyPoint deadline) {
  if (connection_ && !drain()) close();
  if (connection_) return {};
  if (Outcome<> started = start(); !started) return started;
  if (Outcome<> shaken = shake_hands(deadline); !shaken) return shaken;
  PQsetnonblocking(connection_.get(), 1);
  const std::string listen = channel_.empty() ? "" : "; LISTEN " + channel_;
  const Outcome<PostgresRows> set = ask_plain(kSession + listen, deadline);
  if (!set) return lost(set.error().kind, set.error().why);
  return {};
}

PostgresLink::Outcome<> PostgresLink::start() {
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  for (const auto& [name, value] : address_->parameters()) add(name.c_str(), value.c_str());
  // libpq makes a copy that it keeps.
  std::string password(address_->password());
  if (!password.empty()) add("password", password.c_str());
  add(nullptr, nullptr);
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  wipe(password);
  if (!connection_) return lost(Kind::kLost, "out of memory");
  PQsetNoticeReceiver(connection_.get(), drop_notice, nullptr);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return lost();
  return {};
}

PostgresLink::Outcome<> PostgresLink::shake_hands(SteadyPoint deadline) {
  short events = POLLOUT;
  for (;;) {
    if (Outcome<> ready = await(events, deadline); !ready) return ready;
    switch (PQconnectPoll(connection_.get())) {
      case PGRES_POLLING_OK: return {};
      case PGRES_POLLING_READING: events = POLLIN; break;
      case PGRES_POLLING_WRITING: events = POLLOUT; break;
      default: return lost();
    }
  }
}

bool PostgresLink::drain() {
  while (wait(POLLIN, SteadyPoint()) == Ready::kYes) {
    if (PQconsumeInput(connection_.get()) == 0) return false;
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return false;
  }
  while (PGnotify* heard = PQnotifies(connection_.get())) {
    has_news_ = true;
    PQfreemem(heard);
  }
  return true;
}

PostgresLink::Outcome<PostgresRows> PostgresLink::ask_plain(const std::string& sql, SteadyPoint deadline) {
  if (!connection_) return lost(Kind::kLost, "not connected");
  return answer(PQsendQuery(connection_.get(), sql.c_str()) == 1, deadline);
}

PostgresLink::Outcome<PostgresRows> PostgresLink::ask(const PostgresStatement& statement,
                                                      const PostgresValues& values, SteadyPoint deadline) {
  if (!connection_) return lost(Kind::kLost, "not connected");
  if (const Outcome<> prepared = prepare(statement, deadline); !prepared)
    return std::unexpected(prepared.error());
  std::vector<const char*> texts;
  for (const std::optional<std::string>& value : values) texts.push_back(value ? value->c_str() : nullptr);
  const int sent = PQsendQueryPrepared(connection_.get(), statement.name, static_cast<int>(texts.size()),
                                       texts.data(), nullptr, nullptr, 0);
  return answer(sent == 1, deadline);
}

PostgresLink::Outcome<> PostgresLink::prepare(const PostgresStatement& statement, SteadyPoint deadline) {
  if (prepared_.contains(statement.name)) return {};
  const int sent = PQsendPrepare(connection_.get(), statement.name, statement.sql, 0, nullptr);
  const Outcome<PostgresRows> prepared = answer(sent == 1, deadline);
  if (!prepared) return std::unexpected(prepared.error());
  prepared_.insert(statement.name);
  return {};
}

// To the end of all answers, so that the connection is free for the next statement. The first that is bad
// counts.
PostgresLink::Outcome<PostgresRows> PostgresLink::answer(bool is_sent, SteadyPoint deadline) {
  if (!is_sent) return lost();
  if (const Outcome<> sent = send_all(deadline); !sent) return std::unexpected(sent.error());
  PostgresRows good;
  std::unique_ptr<PGresult, decltype(&PQclear)> bad(nullptr, PQclear);
  for (;;) {
    if (const Outcome<> taken = take_in(deadline); !taken) return std::unexpected(taken.error());
    PGresult* const result = PQgetResult(connection_.get());
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      good = PostgresRows(result);
    } else if (!bad) {
      bad.reset(result);
    } else {
      PQclear(result);
    }
  }
  if (bad) return judge(bad.get());
  return good;
}

PostgresLink::Outcome<> PostgresLink::send_all(SteadyPoint deadline) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return {};
    if (left < 0) return lost();
    // A server that first wants to be rid of something would otherwise wait for us for ever.
    if (Outcome<> ready = await(POLLIN | POLLOUT, deadline); !ready) return ready;
    if (PQconsumeInput(connection_.get()) == 0) return lost();
  }
}

PostgresLink::Outcome<> PostgresLink::take_in(SteadyPoint deadline) {
  while (PQisBusy(connection_.get()) != 0) {
    if (Outcome<> ready = await(POLLIN, deadline); !ready) return ready;
    if (PQconsumeInput(connection_.get()) == 0) return lost();
  }
  return {};
}

PostgresLink::Outcome<PostgresRows> PostgresLink::judge(pg_result* bad) {
  const char* const code = PQresultErrorField(bad, PG_DIAG_SQLSTATE);
  const char* const message = PQresultErrorField(bad, PG_DIAG_MESSAGE_PRIMARY);
  std::string sqlstate = code != nullptr ? code : "";
  std::string why = one_line(message != nullptr ? message : PQerrorMessage(connection_.get()));
  if (means_lost(sqlstate) || PQstatus(connection_.get()) == CONNECTION_BAD) {
    return lost(Kind::kLost, std::move(why));
  }
  return std::unexpected(PostgresFailure(Kind::kRefused, std::move(why), std::move(sqlstate)));
}

void PostgresLink::wait_for_news(int wake, SteadyPoint until) {
  const bool is_well = connection_ && drain();
  if (is_well && !has_news_) {
    std::array<pollfd, 3> waited = {pollfd{PQsocket(connection_.get()), POLLIN, 0}, pollfd{wake, POLLIN, 0},
                                    pollfd{interruption_, POLLIN, 0}};
    poll(waited.data(), waited.size(), milliseconds_until(until));
  }
  if (!is_well || !drain()) close();
  has_news_ = false;
}

}  // namespace hubwarden::store

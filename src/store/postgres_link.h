#pragma once

// One connection to PostgreSQL. It never waits beyond a deadline, whatever the server does, except for the
// resolver of host names, which has its own (resolv.conf).
//
//   PostgresLink link(address);
//   auto rows = link.ask(kSelect, {"agent-7"}, now + 3s);     // connects first, where that is needed
//   if (!rows && rows.error().kind == PostgresFailure::Kind::kLost) …
//
// Non-blocking libpq and poll(2), for a thread that may wait. One thread at a time. No exceptions.

#include <expected>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "store/postgres_address.h"
#include "store/postgres_rows.h"

struct pg_conn;  // libpq's PGconn

namespace hubwarden::store {

struct PostgresFailure {
  enum class Kind {
    kLost,      // there was no connection, or it went before the answer came
    kTimedOut,  // so it was closed
    kRefused,   // the server said no, and the connection is well
  };

  PostgresFailure(Kind what, std::string text, std::string code = "")
      : kind(what), why(std::move(text)), sqlstate(std::move(code)) {}

  Kind kind;
  std::string why;       // for operators: it names servers and users, never a password
  std::string sqlstate;  // five characters if the server said something
};

class PostgresLink {
 public:
  template <class T = void>
  using Outcome = std::expected<T, PostgresFailure>;

  explicit PostgresLink(std::shared_ptr<const PostgresAddress> address) : address_(std::move(address)) {}
  // Whose connections hear what is sent to a channel. Waits end early, as lost, while `interruption` is
  // readable: an eventfd or a pipe.
  PostgresLink(std::shared_ptr<const PostgresAddress> address, std::string_view channel, int interruption)
      : address_(std::move(address)), channel_(channel), interruption_(interruption) {}
  PostgresLink(PostgresLink&&) noexcept = default;
  PostgresLink& operator=(PostgresLink&&) = delete;
  ~PostgresLink() = default;

  // Makes the connection unless there is one that the server has not ended meanwhile.
  Outcome<> connect(SteadyPoint deadline);
  bool is_connected() const { return connection_ != nullptr; }
  void close();

  // Without a connection: lost, and nothing was sent.
  Outcome<PostgresRows> ask(const PostgresStatement& statement, const PostgresValues& values,
                            SteadyPoint deadline);
  // Statements without parameters that are not worth preparing; several are separated by semicolons.
  Outcome<PostgresRows> ask_plain(const std::string& sql, SteadyPoint deadline);

  // Until a notification comes or has come since the last wait, `wake` is readable, the connection is lost,
  // or it is `until`.
  void wait_for_news(int wake, SteadyPoint until);

  const PostgresAddress& address() const { return *address_; }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  enum class Ready { kYes, kTimedOut, kInterrupted };

  Outcome<> start();
  Outcome<> shake_hands(SteadyPoint deadline);
  Outcome<> prepare(const PostgresStatement& statement, SteadyPoint deadline);
  Outcome<PostgresRows> answer(bool is_sent, SteadyPoint deadline);
  Outcome<> send_all(SteadyPoint deadline);
  Outcome<> take_in(SteadyPoint deadline);
  Outcome<PostgresRows> judge(pg_result* bad);
  // Takes what has come, news among it. False: the connection is lost.
  bool drain();
  Ready wait(short events, SteadyPoint deadline) const;
  Outcome<> await(short events, SteadyPoint deadline);
  std::unexpected<PostgresFailure> lost();
  std::unexpected<PostgresFailure> lost(PostgresFailure::Kind kind, std::string why);

  std::shared_ptr<const PostgresAddress> address_;
  std::string channel_;
  int interruption_ = -1;
  std::unique_ptr<pg_conn, Finish> connection_;
  std::set<std::string_view> prepared_;  // on this connection
  bool has_news_ = false;                // that nobody has waited for yet
};

}  // namespace hubwarden::store

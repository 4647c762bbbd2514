#pragma once

// One connection to one Redis server. Commands go out as they are asked, without waiting for the replies of
// those before them; replies come back in that order.
//
//   auto connection = std::make_shared<Connection>(std::move(stream), timers);
//   net::spawn(executor, read_all(connection), …);            // co_await connection->run()
//   const Result<Reply> reply = co_await connection->ask(command_text({"GET", name}), deadline);
//
// Threads: all of it on its stream's loop. Shared by its reader and by those who ask.

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "net/stream.h"
#include "net/timers.h"
#include "redis/answer.h"
#include "redis/codec.h"
#include "redis/reply.h"

namespace hubwarden::redis {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Commands that the server has not taken yet; more is refused.
  static constexpr std::size_t kMaxUnsent = 8 << 20;

  Connection(std::unique_ptr<net::Stream> stream, net::Timers& timers);

  // Reads until the connection ends, and says why. Once.
  net::Task<Error> run();

  // The reply, an error reply included. `unavailable` when the connection ends, or nothing comes by
  // `deadline`: the server may have done it all the same.
  net::Task<Result<Reply>> ask(std::string command, SteadyPoint deadline);
  // With another command immediately before it, whose reply nobody wants to know.
  net::Task<Result<Reply>> ask_after(std::string before, std::string command, SteadyPoint deadline);

  // What the server sends by itself, after SUBSCRIBE. Before anything is asked; replies do not come any more.
  void listen(std::function<void(Reply)> hear) { hear_ = std::move(hear); }
  // Without waiting for a reply.
  void tell(std::string_view command);

  // Ends it: whoever waits is told.
  void close(Error why);
  bool is_open() const { return !ended_; }
  // After it has ended.
  const Error& why_ended() const { return *ended_; }

 private:
  std::shared_ptr<Answer> enqueue(std::string& command);
  void send(std::string_view command);
  // What is unsent, as far as the kernel takes it now.
  void write();
  net::Task<> write_when_ready();
  void take(Reply reply);
  Result<> take_in(std::string_view bytes);

  std::unique_ptr<net::Stream> stream_;
  net::Timers& timers_;
  ReplyReader reader_;
  std::array<char, 16 << 10> piece_;
  std::string unsent_;
  bool is_writing_ = false;
  std::deque<std::shared_ptr<Answer>> waiting_;
  std::function<void(Reply)> hear_;
  std::optional<Error> ended_;
};

}  // namespace hubwarden::redis

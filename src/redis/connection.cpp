#include "redis/connection.h"

#include <utility>

#include "base/secret.h"
#include "net/loops.h"

namespace hubwarden::redis {
namespace {

using net::Transfer;
using net::Want;

Error lost(std::string_view why) {
  return Error(ErrorCode::kUnavailable, "the connection to Redis " + std::string(why));
}

}  // namespace

Connection::Connection(std::unique_ptr<net::Stream> stream, net::Timers& timers)
    : stream_(std::move(stream)), timers_(timers) {
}

net::Task<Error> Connection::run() {
  const std::shared_ptr<Connection> self = shared_from_this();
  while (!ended_) {
    const Transfer got = stream_->read(piece_);
    if (got.state == Transfer::kSome) {
      const Result<> taken = take_in(std::string_view(piece_.data(), got.bytes));
      if (!taken) close(taken.error());
    } else if (got.state == Transfer::kBlocked && got.want == Want::kRead) {
      const bool ready = co_await stream_->descriptor().wait(Want::kRead);
      if (!ready) close(lost("was cut"));
    } else {
      // TLS that wants to write in order to read is nothing that a Redis does.
      close(lost(got.state == Transfer::kEnd ? "was closed by the server" : "broke"));
    }
  }
  co_return *ended_;
}

Result<> Connection::take_in(std::string_view bytes) {
  reader_.feed(bytes);
  for (;;) {
    Result<std::optional<Reply>> reply = reader_.next();
    if (!reply) return std::unexpected(reply.error());
    if (!*reply) return {};
    take(std::move(**reply));
  }
}

void Connection::take(Reply reply) {
  if (hear_) {
    hear_(std::move(reply));
  } else if (waiting_.empty()) {
    close(lost("carried a reply that nobody had asked for"));
  } else {
    const std::shared_ptr<Answer> answer = std::move(waiting_.front());
    waiting_.pop_front();
    answer->set(std::move(reply));
  }
}

net::Task<Result<Reply>> Connection::ask(std::string command, SteadyPoint deadline) {
  return ask_after(std::string(), std::move(command), deadline);
}

net::Task<Result<Reply>> Connection::ask_after(std::string before, std::string command,
                                               SteadyPoint deadline) {
  const std::shared_ptr<Connection> self = shared_from_this();
  if (!before.empty() && !ended_) enqueue(before);
  if (ended_) co_return std::unexpected(*ended_);
  const std::shared_ptr<Answer> answer = enqueue(command);
  net::Task<std::optional<Result<Reply>>> waiting = answer->wait_until(timers_, deadline);
  std::optional<Result<Reply>> reply = co_await std::move(waiting);
  if (!reply) co_return fail(ErrorCode::kUnavailable, "Redis did not answer in time");
  co_return std::move(*reply);
}

std::shared_ptr<Answer> Connection::enqueue(std::string& command) {
  auto answer = std::make_shared<Answer>(stream_->descriptor().executor());
  waiting_.push_back(answer);
  send(command);
  wipe(command);  // a login is a command, too
  return answer;
}

void Connection::tell(std::string_view command) {
  if (!ended_) send(command);
}

void Connection::send(std::string_view command) {
  if (unsent_.size() + command.size() > kMaxUnsent) {
    close(lost("took no commands any more"));
    return;
  }
  unsent_.append(command);
  if (!is_writing_) write();
}

void Connection::write() {
  std::string_view rest = unsent_;
  while (!rest.empty()) {
    const std::string_view pieces[] = {rest};
    const Transfer put = stream_->write(pieces);
    if (put.state == Transfer::kSome) {
      rest.remove_prefix(put.bytes);
    } else if (put.state == Transfer::kBlocked && put.want == Want::kWrite) {
      break;
    } else {
      close(lost("broke"));
      return;
    }
  }
  unsent_.erase(0, unsent_.size() - rest.size());
  if (unsent_.empty()) wipe(unsent_);
  if (unsent_.empty() || is_writing_) return;
  is_writing_ = true;
  const std::shared_ptr<Connection> self = shared_from_this();
  net::spawn(stream_->descriptor().executor(), write_when_ready(),
             [self](std::exception_ptr) { self->close(lost("broke")); });
}

net::Task<> Connection::write_when_ready() {
  const std::shared_ptr<Connection> self = shared_from_this();
  while (!unsent_.empty() && !ended_) {
    const bool ready = co_await stream_->descriptor().wait(Want::kWrite);
    if (!ready) break;
    write();
  }
  is_writing_ = false;
}

void Connection::close(Error why) {
  if (ended_) return;
  ended_ = std::move(why);
  wipe(unsent_);
  stream_->descriptor().cancel();
  for (const std::shared_ptr<Answer>& answer : std::exchange(waiting_, {})) {
    answer->set(std::unexpected(*ended_));
  }
}

}  // namespace hubwarden::redis

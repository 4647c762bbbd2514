#pragma once

// Redis as the rest of hubwarden sees it, whichever servers stand behind it.
//
//   const Result<Reply> reply = co_await client.ask(name, command_text({"GET", name}));
//
// Threads: from any loop.

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/task.h"
#include "redis/reply.h"

namespace hubwarden::redis {

class Client {
 public:
  virtual ~Client() = default;

  // A command's, its connection included.
  static constexpr SteadyPoint::duration kTimeout = std::chrono::milliseconds(75);

  // Once, before anything is asked: what has to be done in the background, if there is anything.
  virtual void start() {}
  // `key`: the one that the command is about; in a cluster it says where to, and an empty one lets any server
  // answer. `unavailable` within the time that a command has, for error replies, too: whoever asks goes on
  // without. `not_found` for one of them alone, NOSCRIPT, which script.h answers.
  virtual net::Task<Result<Reply>> ask(std::string key, std::string command) = 0;
  // A key for each server on which keys lie, as good as any other there: for what has to be asked of all of
  // them. None while a cluster has not shown its nodes.
  virtual std::vector<std::string> key_of_each() const { return {std::string()}; }
  // False while nobody tries because it is away; of a cluster: a part of it.
  virtual bool is_available() const = 0;
  virtual net::Task<> stop() = 0;
};

}  // namespace hubwarden::redis

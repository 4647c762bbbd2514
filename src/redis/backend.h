#pragma once

// What stands behind a client: servers whose connections all live on one loop. LoopedClient brings to it what
// comes from others.
//
// Threads: on its loop, but for is_available() and key_of_each().

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/task.h"
#include "redis/reply.h"

namespace hubwarden::redis {

class Backend {
 public:
  virtual ~Backend() = default;

  // The reply, an error reply included. `unavailable` when nothing comes by `deadline`.
  virtual net::Task<Result<Reply>> ask(std::string key, std::string command, SteadyPoint deadline) = 0;
  // From any thread, as is_available().
  virtual std::vector<std::string> key_of_each() const { return {std::string()}; }
  virtual bool is_available() const = 0;
  // Its background work, until stop().
  virtual net::Task<> run() = 0;
  virtual net::Task<> stop() = 0;
};

}  // namespace hubwarden::redis

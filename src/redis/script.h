#pragma once

// A script that Redis runs as one step. Its text is sent once to each server, and its name from then on.
//
//   constexpr Script kRelease("if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end …");
//   net::Task<Result<Reply>> running = kRelease.run(client, {name}, {owner});     // braces: not beside
//   const Result<Reply> reply = co_await std::move(running);
//
// Threads: from any. It and its text outlive what it runs.

#include <string>
#include <string_view>
#include <vector>

#include "redis/client.h"

namespace hubwarden::redis {

class Script {
 public:
  explicit constexpr Script(std::string_view source) : source_(source) {}

  // `keys`: at least one, all of one slot; what the script touches. `unavailable` within the time of two
  // commands, as Client::ask(); an error that the script ends with, too.
  net::Task<Result<Reply>> run(Client& client, std::vector<std::string> keys,
                               std::vector<std::string> arguments) const;

 private:
  std::string_view source_;
};

}  // namespace hubwarden::redis

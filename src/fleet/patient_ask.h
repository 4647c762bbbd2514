#pragma once

// A command that an operator waits for, tried some times: one that was late among many is no reason to leave
// a token behind, and a Redis that is away is tried again in between.
//
//   const Patience patience{timers, clock, deadline};
//   net::Task<Result<Reply>> asking = ask_patiently(redis, patience, key, command);
//   const Result<Reply> reply = co_await std::move(asking);

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "net/task.h"
#include "net/timers.h"
#include "redis/client.h"

namespace hubwarden::fleet {

struct Patience {
  net::Timers& timers;
  const Clock& clock;
  SteadyPoint deadline;

  static constexpr int kTries = 3;
  static constexpr std::chrono::milliseconds kPause{250};
};

// True, after a pause, if there is another try after the `tried`th.
net::Task<bool> tries_again(Patience patience, int tried);
net::Task<Result<redis::Reply>> ask_patiently(redis::Client& redis, Patience patience, std::string key,
                                              std::string command);

}  // namespace hubwarden::fleet

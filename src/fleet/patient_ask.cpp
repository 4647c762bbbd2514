#include "fleet/patient_ask.h"

#include <utility>

namespace hubwarden::fleet {

net::Task<bool> tries_again(Patience patience, int tried) {
  const SteadyPoint next = patience.clock.steady_now() + Patience::kPause;
  if (tried >= Patience::kTries || next >= patience.deadline) co_return false;
  co_await net::sleep_until(patience.timers, next);
  co_return true;
}

net::Task<Result<redis::Reply>> ask_patiently(redis::Client& redis, Patience patience, std::string key,
                                              std::string command) {
  for (int tried = 1;; ++tried) {
    net::Task<Result<redis::Reply>> asking = redis.ask(key, command);
    Result<redis::Reply> reply = co_await std::move(asking);
    if (reply) co_return reply;
    const bool goes_on = co_await tries_again(patience, tried);
    if (!goes_on) co_return reply;
  }
}

}  // namespace hubwarden::fleet

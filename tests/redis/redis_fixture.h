#pragma once

// What tests against a real Redis have in common: two loops, real time, and the client's parts.

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "net/loops.h"
#include "net/system_timers.h"
#include "obs/capturing_log.h"
#include "redis/server.h"
#include "tests/redis/redis_process.h"

namespace hubwarden::redis {

class RedisTest : public ::testing::Test {
 protected:
  RedisTest() { loops.start(); }
  ~RedisTest() override { loops.stop(); }

  Server::Parts parts() { return {loops.executor(0), clock, timers, log}; }

  // Until `is_true`, for ten seconds at most.
  template <class Predicate>
  static bool comes_true(Predicate is_true) {
    for (int i = 0; i < 1000; ++i) {
      if (is_true()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  // Runs it on a loop, to its end.
  void run(net::Task<> task) { net::block_on(loops.executor(1), to_end(std::move(task))); }

  SystemClock clock;
  net::SystemTimers timers;
  obs::CapturingLog log;
  net::Loops loops{2};

 private:
  static net::Task<bool> to_end(net::Task<> task) {
    co_await std::move(task);
    co_return true;
  }
};

}  // namespace hubwarden::redis

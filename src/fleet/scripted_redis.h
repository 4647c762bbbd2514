#pragma once

// A Redis whose answers a test writes, and what it was asked.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "redis/client.h"

namespace hubwarden::fleet {

class ScriptedRedis final : public redis::Client {
 public:
  net::Task<Result<redis::Reply>> ask(std::string, std::string command) override {
    asked.push_back(std::move(command));
    co_return answer();
  }
  bool is_available() const override { return is_there; }
  net::Task<> stop() override { co_return; }

  std::function<Result<redis::Reply>()> answer = [] { return fail(ErrorCode::kUnavailable, "away"); };
  bool is_there = true;
  std::vector<std::string> asked;
};

}  // namespace hubwarden::fleet

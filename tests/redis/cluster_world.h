#pragma once

// A cluster of three masters on loopback, the first with a replica.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis/slots.h"
#include "tests/redis/free_port.h"
#include "tests/redis/redis_process.h"

namespace hubwarden::redis {

class ClusterNode {
 public:
  explicit ClusterNode(const std::string& full_coverage = "no")
      : process_({"--port", port_.text(), "--cluster-enabled", "yes", "--cluster-port", bus_.text(),
                  "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", full_coverage,
                  "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"}) {}

  net::Endpoint endpoint() const { return port_.endpoint(); }
  std::string id() const { return ask({"CLUSTER", "MYID"}).text(); }
  Reply ask(std::initializer_list<std::string_view> words) const { return process_.ask(words); }
  void meet(const ClusterNode& other) const {
    ask({"CLUSTER", "MEET", "127.0.0.1", other.port_.text(), other.bus_.text()});
  }
  bool says(std::string_view what) const {
    return ask({"CLUSTER", "INFO"}).text().find(what) != std::string::npos;
  }
  // How often it gave that error.
  bool has_said(std::string_view error) const {
    return ask({"INFO", "errorstats"}).text().find("errorstat_" + std::string(error)) != std::string::npos;
  }
  test::RedisProcess& process() { return process_; }

 private:
  test::FreePort port_;
  test::FreePort bus_;
  test::RedisProcess process_;
};

}  // namespace hubwarden::redis

#pragma once

// The master that sentinels name, whichever it is now. They are asked all the time, so a failover is known
// soon after they have made it, whether anybody asks for something or not.
//
//   auto sentinel = std::make_shared<Sentinel>(parts, plan);
//   net::spawn(executor, run(sentinel), …);                          // co_await sentinel->run()
//   const Result<Reply> reply = co_await sentinel->ask(key, command, deadline);
//
// Threads: on its loop, but for is_available() and what Whereabouts promises.

#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "redis/backend.h"
#include "redis/lookout.h"
#include "redis/server.h"
#include "redis/whereabouts.h"

namespace hubwarden::redis {

// Which sentinels, and which of the masters that they watch.
struct SentinelPlan {
  SentinelPlan() = default;
  std::vector<net::Endpoint> sentinels;
  std::string master;
  std::shared_ptr<const Login> login;           // to the master
  std::shared_ptr<const Login> sentinel_login;  // to the sentinels
};

class Sentinel final : public Backend, public Whereabouts, public std::enable_shared_from_this<Sentinel> {
 public:
  // What the fleet asks its Redis in vain after a failover that the sentinels know.
  static constexpr SteadyPoint::duration kPause = std::chrono::milliseconds(500);
  // One sentinel's, before the next one is asked.
  static constexpr SteadyPoint::duration kPatience = std::chrono::milliseconds(300);

  Sentinel(Server::Parts parts, SentinelPlan plan);

  net::Task<Result<Reply>> ask(std::string key, std::string command, SteadyPoint deadline) override;
  bool is_available() const override;
  net::Task<> run() override;
  net::Task<> stop() override;

  std::optional<net::Endpoint> now() const override;
  void was_lost(const net::Endpoint& endpoint) override;

 private:
  using ServerPtr = std::shared_ptr<Server>;

  ServerPtr master() const { return *master_.read(); }
  net::Task<Result<>> look();
  // One sentinel after the other, until one names a master that is one.
  net::Task<Result<>> find_master();
  net::Task<Result<net::Endpoint>> ask_sentinel(ServerPtr sentinel);
  net::Task<Result<>> check(net::Endpoint endpoint);
  net::Task<> replace_master(ServerPtr next);

  Server::Parts parts_;
  SentinelPlan plan_;
  Lookout lookout_;
  std::vector<ServerPtr> sentinels_;
  std::size_t turn_ = 0;             // the sentinel that is asked first
  SharedGuarded<ServerPtr> master_;  // null: not known. Changed on the loop
  Error last_failure_;
  bool is_lost_ = false;
};

}  // namespace hubwarden::redis

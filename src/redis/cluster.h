#pragma once

// A cluster: each command goes to the node that has its key's slot. The map of slots is read from any node,
// and again whenever a node is away or says that a slot has moved.
//
//   auto cluster = std::make_shared<Cluster>(parts, seeds, login);
//   net::spawn(executor, run(cluster), …);                           // co_await cluster->run()
//   const Result<Reply> reply = co_await cluster->ask(key, command, deadline);
//
// Threads: on its loop, but for is_available(), key_of_each() and what Whereabouts promises.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "redis/backend.h"
#include "redis/lookout.h"
#include "redis/route.h"
#include "redis/server.h"
#include "redis/slots.h"
#include "redis/whereabouts.h"

namespace hubwarden::redis {

class Cluster final : public Backend, public Whereabouts, public std::enable_shared_from_this<Cluster> {
 public:
  // Of itself: what changes is heard of from the nodes before.
  static constexpr SteadyPoint::duration kPause = std::chrono::seconds(5);
  // One node's, before the next one is asked for the map.
  static constexpr SteadyPoint::duration kPatience = std::chrono::milliseconds(500);
  // A node that a slot is on its way to has none yet, and is on no map.
  static constexpr SteadyPoint::duration kKept = std::chrono::seconds(30);

  Cluster(Server::Parts parts, std::vector<net::Endpoint> seeds, std::shared_ptr<const Login> login);

  net::Task<Result<Reply>> ask(std::string key, std::string command, SteadyPoint deadline) override;
  std::vector<std::string> key_of_each() const override { return seen_.read()->key_of_each; }
  bool is_available() const override;
  net::Task<> run() override;
  net::Task<> stop() override;

  std::optional<net::Endpoint> now() const override;
  void was_lost(const net::Endpoint& endpoint) override;

 private:
  using ServerPtr = std::shared_ptr<Server>;

  struct Node {
    Node() = default;
    ServerPtr server;
    SteadyPoint used_at;
  };
  // What others than the loop may see.
  struct Seen {
    Seen() = default;
    std::vector<ServerPtr> owners;
    std::vector<std::string> key_of_each;
    std::size_t listened = 0;  // the one at which a listener listens
  };

  // Null when there are too many, and after stop().
  ServerPtr server_at(const net::Endpoint& endpoint);
  // Null when nobody has the slot.
  const net::Endpoint* owner_of(const std::string& key) const;
  void learn(const Route& route);
  net::Task<Result<>> look();
  // One node after the other, until one has a map.
  net::Task<Result<>> read_map();
  net::Task<Result<SlotMap>> ask_for_map(net::Endpoint endpoint);
  void take(SlotMap map);
  net::Task<> drop_unused();

  Server::Parts parts_;
  std::vector<net::Endpoint> seeds_;
  std::shared_ptr<const Login> login_;
  Lookout lookout_;
  std::optional<SlotMap> map_;
  std::map<net::Endpoint, Node> nodes_;
  std::size_t turn_ = 0;  // who is asked first for the map
  SharedGuarded<Seen> seen_;
  Error last_failure_;
  bool is_lost_ = false;
};

}  // namespace hubwarden::redis

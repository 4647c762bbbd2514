#pragma once

// Which node of a cluster has a key. Pure.
//
//   Result<SlotMap> map = SlotMap::read(reply_to_cluster_slots, asked);
//   const net::Endpoint* owner = map->owner_of(slot_of(key));

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/connect.h"
#include "redis/reply.h"

namespace hubwarden::redis {

inline constexpr unsigned kSlots = 16384;

// By CRC16 (XMODEM) of the key, or of what stands between its first '{' and the next '}' unless that is
// empty.
unsigned slot_of(std::string_view key);

// A host and a port as a server names them. An empty host is the one of the server that was `asked`; nothing
// for what is none, "?" among it.
std::optional<net::Endpoint> read_endpoint(std::string_view host, std::int64_t port,
                                           const net::Endpoint& asked);

class SlotMap {
 public:
  // A cluster's designers recommend no more.
  static constexpr std::size_t kMaxNodes = 1000;
  // The texts of the numbers below are in all slots together.
  static constexpr unsigned kNumbersInAllSlots = 120'000;

  // The reply to CLUSTER SLOTS; replicas are left out. `unavailable` for an error reply and for a node that
  // knows no slots, upstream_protocol for what is no such reply.
  static Result<SlotMap> read(const Reply& reply, const net::Endpoint& asked);

  // Null when no node has it.
  const net::Endpoint* owner_of(unsigned slot) const;
  // Each once.
  const std::vector<net::Endpoint>& nodes() const { return nodes_; }
  bool has(const net::Endpoint& node) const;
  // A key in some slot of each node that has any.
  std::vector<std::string> key_of_each() const;
  // What a node tells of one slot.
  void move(unsigned slot, const net::Endpoint& node);

 private:
  static constexpr std::uint16_t kNobody = kMaxNodes;

  SlotMap() { owners_.fill(kNobody); }
  Result<> add(const Reply& range, const net::Endpoint& asked);
  // kNobody when there are too many.
  std::uint16_t index_of(const net::Endpoint& node);

  std::vector<net::Endpoint> nodes_;
  std::array<std::uint16_t, kSlots> owners_;  // places in nodes_
};

}  // namespace hubwarden::redis

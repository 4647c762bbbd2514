#pragma once

// One command's way through a cluster: which node it goes to, and, after that node's reply, whether to
// another one. Pure.
//
//   Route route(*map.owner_of(slot));
//   do {
//     reply = ask(route.where(), route.is_importing());
//   } while (route.goes_on(reply));                         // otherwise `reply` is what there is
//   if (route.moved()) map.move(route.moved()->slot, route.moved()->owner);
//   if (route.is_map_old()) …                               // read it again

#include <optional>
#include <utility>

#include "net/connect.h"
#include "redis/reply.h"

namespace hubwarden::redis {

class Route {
 public:
  // A slot that is just being moved needs two: MOVED to where it comes from, ASK to where it goes.
  static constexpr int kMaxTurns = 4;

  struct Move {
    Move(unsigned slot_, net::Endpoint owner_) : slot(slot_), owner(std::move(owner_)) {}
    unsigned slot;
    net::Endpoint owner;
  };

  explicit Route(net::Endpoint first) : where_(std::move(first)) {}

  const net::Endpoint& where() const { return where_; }
  // The node does not own the slot yet, and answers after ASKING alone.
  bool is_importing() const { return is_importing_; }

  // What the node at where() answered. True: it is to be asked again, at where() as it is now.
  bool goes_on(const Reply& reply);

  // What the last reply taught about one slot.
  const std::optional<Move>& moved() const { return moved_; }
  // The cluster is not what it was, or not whole.
  bool is_map_old() const { return is_map_old_; }

 private:
  net::Endpoint where_;
  bool is_importing_ = false;
  bool is_map_old_ = false;
  std::optional<Move> moved_;
  int turns_ = 0;
};

}  // namespace hubwarden::redis

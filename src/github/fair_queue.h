#pragma once

// Who is next: callers take turns, and what one caller has waiting goes in the order of its arrival. One
// with a thousand requests and one with a single one each get every other turn.
//
//   FairQueue<Request> queue;
//   queue.push("workspace-1", request);
//   std::optional<Request> next = queue.take([&](const Request& r) { return may_go(r); });
//
// A request that may not go yet lets the caller's next one pass. Not thread-safe. Bounded by whoever pushes:
// look-ups go through the callers that wait.

#include <algorithm>
#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hubwarden::github {

template <class Item>
class FairQueue {
 public:
  FairQueue() = default;

  std::size_t size() const { return size_; }
  std::size_t size_of(std::string_view caller) const {
    const auto lane = find(caller);
    return lane == lanes_.end() ? 0 : lane->items.size();
  }

  // A caller that has nothing waiting joins behind the others.
  void push(std::string_view caller, Item item) {
    auto lane = std::ranges::find(lanes_, caller, &Lane::caller);
    if (lane == lanes_.end()) lane = lanes_.emplace(lanes_.end(), caller);
    lane->items.push_back(std::move(item));
    ++size_;
  }

  // The first that may go, of the caller whose turn it is; that caller's next turn comes after all others'.
  template <class MayGo>
  std::optional<Item> take(MayGo may_go) {
    for (auto lane = lanes_.begin(); lane != lanes_.end(); ++lane) {
      const auto found = std::ranges::find_if(lane->items, may_go);
      if (found == lane->items.end()) continue;
      Item item = std::move(*found);
      lane->items.erase(found);
      --size_;
      lanes_.splice(lanes_.end(), lanes_, lane);
      if (lane->items.empty()) lanes_.erase(lane);
      return item;
    }
    return std::nullopt;
  }

  // All that the predicate picks; nobody's turn changes.
  template <class Picks>
  std::vector<Item> take_all(Picks picks) {
    std::vector<Item> taken;
    for (auto lane = lanes_.begin(); lane != lanes_.end();) {
      std::deque<Item> kept;
      for (Item& item : lane->items)
        (picks(item) ? taken.push_back(std::move(item)) : kept.push_back(std::move(item)));
      lane->items = std::move(kept);
      lane = lane->items.empty() ? lanes_.erase(lane) : std::next(lane);
    }
    size_ -= taken.size();
    return taken;
  }

  // How many of those that `counts` would go before one that this caller pushed now, if no more came.
  template <class Counts>
  std::size_t ahead_of(std::string_view caller, Counts counts) const {
    const auto own_lane = find(caller);
    const std::size_t own = own_lane == lanes_.end() ? 0 : count(*own_lane, counts);
    std::size_t ahead = own;
    for (auto lane = lanes_.begin(); lane != lanes_.end(); ++lane) {
      if (lane != own_lane) ahead += std::min(count(*lane, counts), own + 1);
    }
    return ahead;
  }

 private:
  struct Lane {
    explicit Lane(std::string_view caller_) : caller(caller_) {}
    std::string caller;
    std::deque<Item> items;
  };

  auto find(std::string_view caller) const { return std::ranges::find(lanes_, caller, &Lane::caller); }
  template <class Counts>
  static std::size_t count(const Lane& lane, Counts counts) {
    return static_cast<std::size_t>(std::ranges::count_if(lane.items, counts));
  }

  std::list<Lane> lanes_;  // in the order of their turns
  std::size_t size_ = 0;
};

}  // namespace hubwarden::github

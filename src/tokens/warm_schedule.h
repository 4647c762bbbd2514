#pragma once

// What falls due when: a queue by time, behind its lock.

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"

namespace hubwarden::tokens {

template <class Item>
class WarmSchedule {
 public:
  void add(SteadyPoint when, Item item) { due_.lock()->push(Due(when, std::move(item))); }

  // What is due at `now`, at most `most` of it, the most overdue first.
  std::vector<Item> take(SteadyPoint now, std::size_t most) {
    std::vector<Item> items;
    auto due = due_.lock();
    while (items.size() < most && !due->empty() && due->top().when <= now) {
      items.push_back(due->top().item);
      due->pop();
    }
    return items;
  }

  std::size_t size() { return due_.lock()->size(); }

 private:
  struct Due {
    Due(SteadyPoint when_, Item item_) : when(when_), item(std::move(item_)) {}
    SteadyPoint when;
    Item item;
    bool operator<(const Due& other) const { return when > other.when; }  // the earliest on top
  };

  Guarded<std::priority_queue<Due>> due_;
};

}  // namespace hubwarden::tokens

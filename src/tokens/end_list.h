#pragma once

// Which tokens are to be ended, and when: a list by time, with a bound. A value, without locks and clocks.
//
//   list.add(Waiting(ending, ending->due));
//   for (Waiting& each : list.take(clock.now(), kMostAtOnce)) end(std::move(each));

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "tokens/ending.h"

namespace hubwarden::tokens {

class EndList {
 public:
  struct Waiting {
    explicit Waiting(EndingPtr ending_) : ending(std::move(ending_)) {}
    EndingPtr ending;
    int failures = 0;        // in a row
    bool is_shared = false;  // another replica sees to it if this one does not
  };

  // As many as the engine holds scopes; 272 bytes each.
  static constexpr std::size_t kMost = 100'000;

  bool has_room() const { return waiting_.size() < kMost; }
  std::size_t size() const { return waiting_.size(); }

  void add(TimePoint when, Waiting waiting) { waiting_.emplace(when, std::move(waiting)); }

  // What is due at `now`, at most `most` of it, the most overdue first.
  std::vector<Waiting> take(TimePoint now, std::size_t most) {
    std::vector<Waiting> due;
    while (due.size() < most && !waiting_.empty() && waiting_.begin()->first <= now) {
      due.push_back(std::move(waiting_.extract(waiting_.begin()).mapped()));
    }
    return due;
  }

  // Of what is taken in the meantime nothing is said.
  void mark_shared(const EndingPtr& ending) {
    const auto [first, last] = waiting_.equal_range(ending->due);
    for (auto each = first; each != last; ++each) {
      if (each->second.ending == ending) each->second.is_shared = true;
    }
  }

  void drop_shared() {
    std::erase_if(waiting_, [](const auto& each) { return each.second.is_shared; });
  }

  std::vector<EndingPtr> all() const {
    std::vector<EndingPtr> endings;
    for (const auto& [when, waiting] : waiting_) endings.push_back(waiting.ending);
    return endings;
  }

 private:
  std::multimap<TimePoint, Waiting> waiting_;
};

}  // namespace hubwarden::tokens

#pragma once

// One loop's deadlines for connections: a list that is looked through each second. Setting one is a store, so
// a busy connection may set it for every request. Coarse on purpose: it ends late by up to two ticks, never
// early.
//
//   Deadlines deadlines(clock.steady_now());
//   deadlines.add(connection);                      // derives from Deadline
//   connection.due_after(75s);
//   deadlines.tick(clock.steady_now());             // each kTick: calls expired() of those that are over
//
// Threads: the loop's own.

#include <boost/intrusive/list.hpp>
#include <chrono>

#include "base/clock.h"

namespace hubwarden::net {

class Deadlines;

// Unlinks itself when it goes.
class Deadline
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  virtual ~Deadline() = default;

  void due_after(Duration wait);
  void no_deadline() { due_ = SteadyPoint::max(); }

 protected:
  // The deadline has passed; there is none until the next due_after(). Must not destroy any Deadline.
  virtual void expired() = 0;

 private:
  friend class Deadlines;
  Deadlines* owner_ = nullptr;
  SteadyPoint due_ = SteadyPoint::max();
};

class Deadlines {
 public:
  static constexpr std::chrono::seconds kTick{1};

  explicit Deadlines(SteadyPoint now) : now_(now) {}

  void add(Deadline& deadline) {
    deadline.owner_ = this;
    list_.push_back(deadline);
  }

  // As of the last tick.
  SteadyPoint now() const { return now_; }

  void tick(SteadyPoint now) {
    now_ = now;
    for (Deadline& deadline : list_) {
      if (deadline.due_ > now) continue;
      deadline.due_ = SteadyPoint::max();
      deadline.expired();
    }
  }

  template <class Visit>
  void each(Visit visit) {
    for (Deadline& deadline : list_) visit(deadline);
  }

 private:
  boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>> list_;
  SteadyPoint now_;
};

// The last tick may lie a whole tick back: one is added, so that nobody gets less than promised.
inline void Deadline::due_after(Duration wait) {
  due_ = owner_->now() + std::chrono::duration_cast<SteadyPoint::duration>(wait) + Deadlines::kTick;
}

}  // namespace hubwarden::net

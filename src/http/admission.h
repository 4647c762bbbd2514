#pragma once

// A bounded number of holders and a bounded queue of those that wait, first come, first served.
//
//   Result<Admission::Place> place = co_await admission.enter(until);
//   if (!place) co_return std::unexpected(place.error());
//
// One loop's thread only. Lives longer than its places.

#include <cstddef>
#include <list>
#include <optional>

#include "base/error.h"
#include "http/alarm.h"
#include "net/task.h"

namespace hubwarden::http {

class Admission {
 public:
  using Point = Alarm::Point;

  struct Bounds {
    std::size_t holders;
    std::size_t waiters;
  };
  Admission(net::Executor executor, Bounds bounds);

  // One of the places; given back when it goes.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place();

   private:
    friend class Admission;
    explicit Place(Admission& owner) : owner_(&owner) {}
    Admission* owner_ = nullptr;
  };

  // `unavailable` when the queue is full, `until` has come, or the doors are closed.
  net::Task<Result<Place>> enter(Point until);

  // Nothing when it has to wait, or cannot.
  std::optional<Place> enter_at_once();

  // Nobody enters any more; those that wait are sent away.
  void close();
  // Waits until all places are free, at most until `until`.
  net::Task<> emptied(Point until);

  std::size_t holders() const { return holders_; }
  std::size_t waiters() const { return waiters_.size(); }

 private:
  struct Waiter;

  void leave();

  net::Executor executor_;
  Bounds bounds_;
  bool closed_ = false;
  std::size_t holders_ = 0;
  std::list<Waiter*> waiters_;
  Alarm emptied_;
};

}  // namespace hubwarden::http

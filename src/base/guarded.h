#pragma once

// Data that lives behind its lock: no access without holding it.
//
//   Guarded<std::map<Key, Value>> entries;
//   entries.lock()->erase(key);
//
// A guard is short-lived: no I/O, no waiting and no co_await while it lives.

#include <mutex>
#include <utility>

namespace hubwarden {

template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  class Guard {
   public:
    Guard(std::mutex& mutex, T& value) : lock_(mutex), value_(value) {}
    T* operator->() { return &value_; }
    T& operator*() { return value_; }

   private:
    std::unique_lock<std::mutex> lock_;
    T& value_;
  };

  [[nodiscard]] Guard lock() { return Guard(mutex_, value_); }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace hubwarden

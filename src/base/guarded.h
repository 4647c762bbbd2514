#pragma once

// Data that lives behind its lock: no access without holding it.
//
//   Guarded<std::map<Key, Value>> entries;
//   entries.lock()->erase(key);
//
// SharedGuarded is for data that many read and few change: readers do not wait for each other.
//
//   SharedGuarded<Index> index;
//   auto found = index.read()->find(key);
//   index.write()->erase(key);
//
// A guard is short-lived: no I/O, no waiting and no co_await while it lives.

#include <mutex>
#include <shared_mutex>
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

template <class T>
class SharedGuarded {
 public:
  template <class... Args>
  explicit SharedGuarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  template <class Lock, class Value>
  class Guard {
   public:
    Guard(std::shared_mutex& mutex, Value& value) : lock_(mutex), value_(value) {}
    Value* operator->() const { return &value_; }
    Value& operator*() const { return value_; }

   private:
    Lock lock_;
    Value& value_;
  };
  using ReadGuard = Guard<std::shared_lock<std::shared_mutex>, const T>;
  using WriteGuard = Guard<std::unique_lock<std::shared_mutex>, T>;

  [[nodiscard]] ReadGuard read() const { return ReadGuard(mutex_, value_); }
  [[nodiscard]] WriteGuard write() { return WriteGuard(mutex_, value_); }

 private:
  mutable std::shared_mutex mutex_;
  T value_;
};

}  // namespace hubwarden

#pragma once

// Whether what somebody told before is still so, without asking for all of it again.
//
//   const Changes::Moment then = changes.now();   // first; what is learned after this is of that moment or
//   later … if (changes.is_now(then)) …                   // nothing has been taken back since
//
// Thread-safe.

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace hubwarden::tokens {

class Changes {
 public:
  class Moment {
   public:
    Moment() = default;  // never

   private:
    friend class Changes;
    using Count = std::shared_ptr<const std::atomic<std::uint64_t>>;
    Moment(Count of, std::uint64_t count) : of_(std::move(of)), count_(count) {}
    Count of_;  // held, so that no other object can come to have its address
    std::uint64_t count_ = 0;
  };

  Changes() : count_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

  // After the change itself.
  void note() { count_->fetch_add(1, std::memory_order_release); }

  Moment now() const { return {count_, count_->load(std::memory_order_acquire)}; }
  // False for a moment of another object.
  bool is_now(const Moment& moment) const {
    return moment.of_ == count_ && moment.count_ == count_->load(std::memory_order_acquire);
  }

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> count_;
};

}  // namespace hubwarden::tokens

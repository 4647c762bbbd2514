#pragma once

// A non-blocking descriptor on one loop, and the wait for its readiness.
//
//   Descriptor descriptor(executor, std::move(fd));
//   for (;;) {
//     ssize_t got = ::read(descriptor.fd(), …);          // always try first
//     if (got >= 0 || errno != EAGAIN) break;
//     descriptor.blocked(Want::kRead);
//     const bool ready = co_await descriptor.wait(Want::kRead);
//     if (!ready) break;                                 // cancelled
//   }
//
// Registered once, edge-triggered: a wait costs no system call, and what waits holds no buffer.
// Threads: all of it on the executor's own thread. One wait at a time for each direction.

#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <functional>

#include "net/task.h"
#include "net/unique_fd.h"

namespace hubwarden::net {

class Poller;

enum class Want : std::uint8_t { kRead = 0, kWrite = 1 };

class Descriptor
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `fd` is non-blocking.
  Descriptor(const Executor& executor, UniqueFd fd);
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();  // closes; nothing waits any more

  int fd() const { return fd_.get(); }
  const Executor& executor() const { return executor_; }

  // False from blocked() to the kernel's next word: trying would only say EAGAIN again.
  bool maybe_ready(Want want) const { return direction(want).maybe_ready; }
  // The kernel said EAGAIN.
  void blocked(Want want) { direction(want).maybe_ready = false; }
  // A stream gave or took less than was asked, so the next try would be EAGAIN (epoll(7), "Do I need to
  // continuously read/write …"), unless the peer has gone: then no further edge comes, and trying finds the
  // end.
  void fell_short(Want want) {
    if (!direction(want).gone) blocked(want);
  }
  // Of the descriptors for which the kernel had news at once, some have not had their turn yet. Who writes
  // now wakes the other side for itself alone; who lets them go first (net::next_turn()) writes in one burst
  // with them, and under load that costs a fifth less.
  bool others_are_ready() const;
  // True when it is worth trying again, false after cancel().
  Task<bool> wait(Want want);
  // Ends the waits in progress, soon but not inside this call, and all later ones.
  void cancel();
  bool is_cancelled() const { return cancelled_; }

 private:
  friend class Poller;
  using Resume = std::move_only_function<void(bool)>;

  struct Direction {
    Direction() = default;
    bool maybe_ready = true;
    bool gone = false;
    Resume waiting;
  };

  Direction& direction(Want want) { return directions_[static_cast<std::size_t>(want)]; }
  const Direction& direction(Want want) const { return directions_[static_cast<std::size_t>(want)]; }
  void happened(std::uint32_t events);
  // False when the owner destroyed this meanwhile.
  bool wake(Want want, bool gone);
  void resume_soon(Direction& direction, bool ready);

  Executor executor_;
  Poller* poller_;
  UniqueFd fd_;
  Direction directions_[2];
  bool cancelled_ = false;
  // Set while a waiting task is resumed: it may destroy this.
  bool* destroyed_ = nullptr;
};

}  // namespace hubwarden::net

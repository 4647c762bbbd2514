#pragma once

// The readiness of all descriptors of one loop: an epoll set of its own, itself watched by the loop's
// io_context.
//
// Asio's own reactor allocates an operation and makes a system call for each wait (`async_wait`), or needs a
// buffer while it waits (`async_read_some`). Here a connection is registered once, and an idle one costs
// nothing. Threads: the loop's own.

#include <sys/epoll.h>

#include <array>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include "net/descriptor.h"

namespace hubwarden::net {

class Poller final : public boost::asio::execution_context::service {
 public:
  using key_type = Poller;
  inline static boost::asio::execution_context::id id;

  explicit Poller(boost::asio::execution_context& context);
  static Poller& of(const Executor& executor);

  // See Descriptor.
  bool others_are_ready() const { return at_ + 1 < batch_size_; }

  void add(Descriptor& descriptor);
  void remove(Descriptor& descriptor);

 private:
  // What one turn takes from the kernel; the rest waits for the next turn, after the loop's other work.
  static constexpr int kBatch = 128;

  void shutdown() override;
  void arm();
  void dispatch();

  boost::asio::posix::basic_stream_descriptor<Executor> set_;
  boost::intrusive::list<Descriptor, boost::intrusive::constant_time_size<false>> descriptors_;
  std::array<epoll_event, kBatch> batch_;
  int batch_size_ = 0;
  int at_ = 0;
};

}  // namespace hubwarden::net

#include "net/poller.h"

#include <utility>
#include <vector>

#include "base/check.h"

namespace hubwarden::net {

Poller::Poller(boost::asio::execution_context& context)
    : service(context), set_(static_cast<boost::asio::io_context&>(context), epoll_create1(EPOLL_CLOEXEC)) {
  arm();
}

Poller& Poller::of(const Executor& executor) {
  return boost::asio::use_service<Poller>(executor.context());
}

void Poller::add(Descriptor& descriptor) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &descriptor;
  HW_CHECK(epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor.fd(), &event) == 0);
  descriptors_.push_back(descriptor);
}

void Poller::remove(Descriptor& descriptor) {
  // A copy of the descriptor (fork, dup) would keep the registration alive beyond close().
  epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor.fd(), nullptr);
  for (int i = 0; i < batch_size_; ++i) {
    if (batch_[static_cast<std::size_t>(i)].data.ptr == &descriptor) {
      batch_[static_cast<std::size_t>(i)].data.ptr = nullptr;
    }
  }
}

void Poller::arm() {
  set_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    dispatch();
    arm();
  });
}

void Poller::dispatch() {
  batch_size_ = std::max(0, epoll_wait(set_.native_handle(), batch_.data(), kBatch, 0));
  for (at_ = 0; at_ < batch_size_; ++at_) {
    const epoll_event& event = batch_[static_cast<std::size_t>(at_)];
    if (event.data.ptr != nullptr) static_cast<Descriptor*>(event.data.ptr)->happened(event.events);
  }
  batch_size_ = 0;
}

// The waiting tasks own their descriptors, and the descriptors hold the tasks: the circle is cut here.
void Poller::shutdown() {
  std::vector<Descriptor::Resume> waiting;
  for (Descriptor& descriptor : descriptors_) {
    for (Descriptor::Direction& direction : descriptor.directions_) {
      if (direction.waiting) waiting.push_back(std::move(direction.waiting));
    }
  }
  waiting.clear();
  for (Descriptor& descriptor : descriptors_) descriptor.poller_ = nullptr;
  descriptors_.clear();
  set_.close();
}

}  // namespace hubwarden::net

#include "net/descriptor.h"

#include <sys/epoll.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/check.h"
#include "net/poller.h"

namespace hubwarden::net {

Descriptor::Descriptor(const Executor& executor, UniqueFd fd)
    : executor_(executor), poller_(&Poller::of(executor)), fd_(std::move(fd)) {
  poller_->add(*this);
}

Descriptor::~Descriptor() {
  if (destroyed_ != nullptr) *destroyed_ = true;
  if (poller_ != nullptr) poller_->remove(*this);
}

Task<bool> Descriptor::wait(Want want) {
  auto start = [this, want](auto handler) {
    Direction& waiting = direction(want);
    HW_CHECK(!waiting.waiting);
    waiting.waiting = std::move(handler);
    if (cancelled_ || waiting.maybe_ready) resume_soon(waiting, !cancelled_);
  };
  auto token = boost::asio::use_awaitable_t<Executor>();
  return boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor>, void(bool)>(start, token);
}

bool Descriptor::others_are_ready() const {
  return poller_ != nullptr && poller_->others_are_ready();
}

void Descriptor::cancel() {
  cancelled_ = true;
  for (Direction& direction : directions_) resume_soon(direction, false);
}

void Descriptor::resume_soon(Direction& direction, bool ready) {
  if (!direction.waiting) return;
  auto resume = [waiting = std::exchange(direction.waiting, nullptr), ready]() mutable { waiting(ready); };
  boost::asio::post(executor_, std::move(resume));
}

void Descriptor::happened(std::uint32_t events) {
  constexpr std::uint32_t kBroken = EPOLLHUP | EPOLLERR;
  constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | kBroken;
  constexpr std::uint32_t kWritable = EPOLLOUT | kBroken;
  if ((events & kReadable) != 0 && !wake(Want::kRead, (events & (EPOLLRDHUP | kBroken)) != 0)) return;
  if ((events & kWritable) != 0) wake(Want::kWrite, (events & kBroken) != 0);
}

bool Descriptor::wake(Want want, bool gone) {
  Direction& woken = direction(want);
  woken.maybe_ready = true;
  if (gone) woken.gone = true;
  if (!woken.waiting) return true;
  bool destroyed = false;
  destroyed_ = &destroyed;
  Resume waiting = std::exchange(woken.waiting, nullptr);
  waiting(true);
  if (destroyed) return false;
  destroyed_ = nullptr;
  return true;
}

}  // namespace hubwarden::net

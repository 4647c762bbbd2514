#include "http/admission.h"

#include <utility>

namespace hubwarden::http {

// Stands in the queue as long as it lives; a coroutine that is destroyed while it waits leaves nothing
// behind.
struct Admission::Waiter {
  explicit Waiter(Admission& owner_)
      : owner(owner_), granted(owner.executor_), at(owner.waiters_.insert(owner.waiters_.end(), this)) {}
  ~Waiter() {
    if (queued) owner.waiters_.erase(at);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  void leave_queue() {
    owner.waiters_.erase(at);
    queued = false;
    granted.ring();
  }

  Admission& owner;
  Alarm granted;
  std::list<Waiter*>::iterator at;
  bool queued = true;
  Place place;
};

Admission::Place::Place(Place&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {
}

Admission::Place& Admission::Place::operator=(Place&& other) noexcept {
  std::swap(owner_, other.owner_);
  return *this;
}

Admission::Place::~Place() {
  if (owner_ != nullptr) owner_->leave();
}

Admission::Admission(net::Executor executor, Bounds bounds)
    : executor_(executor), bounds_(bounds), emptied_(executor) {
}

std::optional<Admission::Place> Admission::enter_at_once() {
  if (closed_ || holders_ >= bounds_.holders || !waiters_.empty()) return std::nullopt;
  ++holders_;
  return Place(*this);
}

net::Task<Result<Admission::Place>> Admission::enter(Point until) {
  std::optional<Place> place = enter_at_once();
  if (place) co_return std::move(*place);
  if (closed_) co_return fail(ErrorCode::kUnavailable, "hubwarden is shutting down");
  if (waiters_.size() >= bounds_.waiters) {
    co_return fail(ErrorCode::kUnavailable, "too many requests are under way");
  }
  Waiter waiter(*this);
  net::Task<> granted = waiter.granted.wait(until);
  co_await std::move(granted);
  if (closed_) co_return fail(ErrorCode::kUnavailable, "hubwarden is shutting down");
  if (waiter.queued) co_return fail(ErrorCode::kUnavailable, "no room for the request came free in time");
  co_return std::move(waiter.place);
}

void Admission::leave() {
  if (!waiters_.empty()) {
    Waiter& next = *waiters_.front();
    next.leave_queue();
    next.place = Place(*this);
    return;
  }
  --holders_;
  if (holders_ == 0) emptied_.ring();
}

void Admission::close() {
  closed_ = true;
  while (!waiters_.empty()) waiters_.front()->leave_queue();
}

net::Task<> Admission::emptied(Point until) {
  if (holders_ == 0) co_return;
  net::Task<> emptied = emptied_.wait(until);
  co_await std::move(emptied);
}

}  // namespace hubwarden::http

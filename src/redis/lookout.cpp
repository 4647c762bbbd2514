#include "redis/lookout.h"

#include <utility>

namespace hubwarden::redis {

net::Task<> Lookout::run(Look look) {
  is_running_ = true;
  while (!stopping_.is_set()) {
    net::Task<Result<>> looking = look();
    const Result<> looked = co_await std::move(looking);
    looked_.set();
    net::Task<> resting = rest(looked ? pause_ : kRest);
    co_await std::move(resting);
  }
  over_.set();
}

net::Task<> Lookout::rest(SteadyPoint::duration pause) {
  const SteadyPoint begin = clock_.steady_now();
  [[maybe_unused]] const bool stops = co_await stopping_.wait_until(timers_, begin + kRest);
  if (stops) co_return;
  const bool is_called = co_await called_->wait_until(timers_, begin + pause);
  if (is_called) called_ = std::make_unique<net::Event>();
}

net::Task<> Lookout::stop(SteadyPoint::duration patience) {
  stopping_.set();
  called_->set();
  looked_.set();
  if (!is_running_) co_return;
  [[maybe_unused]] const bool over = co_await over_.wait_until(timers_, clock_.steady_now() + patience);
}

}  // namespace hubwarden::redis

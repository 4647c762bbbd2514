#include "providers/calls.h"

namespace hubwarden::providers {

Calls::Visit::~Visit() {
  bool was_last = false;
  {
    auto state = under_way_->state.lock();
    was_last = --state->running == 0 && state->stopping;
  }
  if (was_last) under_way_->none.set();
}

net::Task<bool> Calls::stop(SteadyPoint deadline) {
  const UnderWayPtr under_way = under_way_;
  bool is_idle = false;
  {
    auto state = under_way->state.lock();
    state->stopping = true;
    is_idle = state->running == 0;
  }
  if (is_idle) co_return true;
  const bool returned = co_await under_way->none.wait_until(timers_, deadline);
  co_return returned;
}

}  // namespace hubwarden::providers

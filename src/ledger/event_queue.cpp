#include "ledger/event_queue.h"

namespace hubwarden::ledger {

bool EventQueue::push(Event event, Waiter waiter) {
  std::shared_ptr<net::Event> alarm;
  bool is_taken = false;
  {
    auto state = state_.lock();
    const bool is_first = state->entries.empty() && state->lost == 0;
    const bool is_urgent = waiter != nullptr;
    is_taken = add(*state, std::move(event), std::move(waiter));
    const bool is_news = is_first || (is_taken && (is_urgent || state->entries.size() == kBatch));
    if (is_news) alarm = std::exchange(state->alarm, nullptr);
  }
  if (alarm) alarm->set();
  return is_taken;
}

bool EventQueue::add(State& state, Event event, Waiter waiter) const {
  if (state.entries.empty() && state.lost == 0) state.oldest = clock_.steady_now();
  if (state.is_stopping || state.entries.size() == kMaxQueued) {
    // Who waits is told, and does not do what the event would have said.
    if (!waiter) {
      ++state.lost;
      ++state.all_lost;
    }
    return false;
  }
  if (waiter) ++state.waiters;
  state.entries.emplace_back(std::move(event), std::move(waiter));
  return true;
}

EventQueue::Taken EventQueue::take() {
  Taken taken;
  auto state = state_.lock();
  while (!state->entries.empty() && taken.events.size() < kBatch) {
    Entry& entry = state->entries.front();
    taken.events.push_back(std::move(entry.event));
    if (entry.waiter) {
      --state->waiters;
      taken.waiters.push_back(std::move(entry.waiter));
    }
    state->entries.pop_front();
  }
  taken.lost = std::exchange(state->lost, 0);
  taken.is_last = state->is_stopping && state->entries.empty();
  return taken;
}

void EventQueue::fail_waiters() {
  std::vector<Waiter> failed;
  {
    auto state = state_.lock();
    for (Entry& entry : state->entries) {
      if (entry.waiter) failed.push_back(std::exchange(entry.waiter, nullptr));
    }
    state->waiters = 0;
  }
  for (const Waiter& each : failed) each->set(false);
}

void EventQueue::stop() {
  std::shared_ptr<net::Event> alarm;
  {
    auto state = state_.lock();
    state->is_stopping = true;
    alarm = std::exchange(state->alarm, nullptr);
  }
  if (alarm) alarm->set();
}

std::pair<Load, std::shared_ptr<net::Event>> EventQueue::watch() {
  auto alarm = std::make_shared<net::Event>();
  auto state = state_.lock();
  state->alarm = alarm;
  Load load;
  load.queued = state->entries.size();
  load.is_waited_for = state->waiters > 0;
  load.oldest = state->oldest;
  load.lost = state->lost;
  load.is_stopping = state->is_stopping;
  return {load, std::move(alarm)};
}

}  // namespace hubwarden::ledger

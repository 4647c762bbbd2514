#include "http/link_pool.h"

#include <algorithm>
#include <utility>

namespace hubwarden::http {

std::unique_ptr<CurlLink> LinkPool::take(std::string_view origin, bool certainly) {
  drop_old(std::chrono::steady_clock::now());
  for (;;) {
    const auto found = std::ranges::find(idle_, origin, &Idle::origin);
    if (found == idle_.end()) return nullptr;
    std::unique_ptr<CurlLink> link = std::move(found->link);
    idle_.erase(found);
    if (link->is_quiet(certainly)) return link;
  }
}

void LinkPool::put(std::string origin, std::unique_ptr<CurlLink> link) {
  const Point now = std::chrono::steady_clock::now();
  drop_old(now);
  if (is_closed_) return;
  idle_.emplace_front(std::move(origin), std::move(link), now);
  if (idle_.size() > capacity_) idle_.pop_back();
}

void LinkPool::close() {
  is_closed_ = true;
  clear();
}

void LinkPool::drop_old(Point now) {
  while (!idle_.empty() && now - idle_.back().since > kMaxIdle) idle_.pop_back();
}

}  // namespace hubwarden::http

#pragma once

// /healthz, /readyz, /metrics. Open to everybody who reaches the listener; they tell states and counts, no
// names.

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "http/handler.h"
#include "obs/metrics.h"

namespace hubwarden::delivery {

class HealthRoutes {
 public:
  // "ok", or why not in a word or two; "degraded" if requests are served all the same. Answers at once, from
  // what is known.
  using Check = std::function<std::string()>;

  explicit HealthRoutes(const obs::Metrics& metrics) : metrics_(metrics) {}

  // Before the first request.
  void add_check(std::string name, Check check) { checks_.emplace_back(std::move(name), std::move(check)); }
  // From now on not ready: balancers stop sending while what runs is finished.
  void drain() { draining_.store(true); }

  http::Reply healthz(http::Request& request) const;
  http::Reply readyz(http::Request& request) const;
  http::Reply metrics(http::Request& request) const;

 private:
  const obs::Metrics& metrics_;
  std::vector<std::pair<std::string, Check>> checks_;
  std::atomic<bool> draining_{false};
};

}  // namespace hubwarden::delivery

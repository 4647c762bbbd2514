#include "delivery/health/health_routes.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace hubwarden::delivery {

http::Reply HealthRoutes::healthz(http::Request&) const {
  return http::Response(200, "application/json", std::string("{\"alive\":true}\n"));
}

http::Reply HealthRoutes::readyz(http::Request&) const {
  bool ready = !draining_.load();
  boost::json::object checks;
  checks["server"] = ready ? "ok" : "draining";
  for (const auto& [name, check] : checks_) {
    const std::string state = check();
    ready = ready && (state == "ok" || state == "degraded");
    checks[name] = state;
  }
  boost::json::object body;
  body["ready"] = ready;
  body["checks"] = std::move(checks);
  return http::Response(ready ? 200 : 503, "application/json", boost::json::serialize(body) + "\n");
}

http::Reply HealthRoutes::metrics(http::Request&) const {
  return http::Response(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.render());
}

}  // namespace hubwarden::delivery

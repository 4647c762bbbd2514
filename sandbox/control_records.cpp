#include <boost/json/array.hpp>

#include "base/text.h"
#include "sandbox/api_limits.h"
#include "sandbox/control_routes.h"
#include "sandbox/handlers.h"
#include "sandbox/json_reader.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

// As Caller has them.
constexpr std::string_view kCallers[] = {"anyone", "app", "installation", "nobody"};
constexpr std::size_t kDefaultEvents = 1000;

std::uint64_t number_of(const Call& call, std::string_view name, std::uint64_t fallback) {
  const auto text = call.parameter(name);
  return text ? parse_number<std::uint64_t>(*text).value_or(fallback) : fallback;
}

}  // namespace

ControlAnswer show_counters(ControlContext& context) {
  return context.github.state().records.counters();
}

ControlAnswer show_events(ControlContext& context) {
  const Call call(http::Method::kGet, "/events?" + context.query);
  return context.github.state().records.events(number_of(call, "since", 0),
                                               number_of(call, "limit", kDefaultEvents));
}

ControlAnswer show_requests(ControlContext& context) {
  const Call call(http::Method::kGet, "/requests?" + context.query);
  Arrivals::Question question;
  question.since = number_of(call, "since", 0);
  question.limit = number_of(call, "limit", kDefaultEvents);
  question.contains = call.parameter("contains").value_or("");
  const Arrivals& arrivals = context.github.state().arrivals;
  return json::object{{"total", arrivals.total()}, {"requests", arrivals.list(question)}};
}

ControlAnswer list_routes(ControlContext&) {
  json::array list;
  for (const Route& route : routes()) {
    list.push_back(json::object{{"method", to_string(route.method)},
                                {"path", route.pattern},
                                {"operation", route.operation},
                                {"caller", kCallers[static_cast<std::size_t>(route.caller)]},
                                {"accepted_permissions", route.accepted},
                                {"success", route.success},
                                {"behaves", handler_of(route.operation) != nullptr}});
  }
  return list;
}

ControlAnswer reset(ControlContext& context) {
  JsonReader body(context.body);
  const bool counters = body.boolean("counters", true);
  const bool faults = body.boolean("faults", true);
  const bool limits = body.boolean("limits", true);
  const bool settings = body.boolean("settings", false);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  State& state = context.github.state();
  if (counters) state.records.clear();
  if (counters) state.arrivals.clear();
  if (faults) state.faults.clear();
  if (limits) state.windows = RateWindows();
  if (limits) state.failed_logins = FailedLogins();
  if (limits) state.secondary.clear();
  if (limits) state.closed_buckets.clear();
  if (settings) state.settings = Settings();
  return json::object();
}

ControlAnswer change_rate_limit(ControlContext& context) {
  const auto id = parse_number<std::uint64_t>(context.parameters.front());
  if (!id || !context.world().installation(InstallationId(*id))) {
    return fail(ErrorCode::kNotFound, "no such installation");
  }
  State& state = context.github.state();
  JsonReader body(context.body);
  const std::string resource = body.text("resource", "core");
  const std::uint64_t remaining = body.number("remaining");
  const Allowance allowance = allowance_of(state.settings, resource, Party::kInstallation);
  const Duration reset_in = body.duration("reset_in", allowance.window);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  if (!is_resource(resource))
    return fail(ErrorCode::kInvalidRequest, "unknown resource: " + printable(resource, 80));
  if (remaining > allowance.limit || reset_in <= Duration::zero()) {
    return fail(ErrorCode::kInvalidRequest, "remaining or reset_in is out of range");
  }
  const TimePoint now = context.github.clock().now();
  const std::string key = bucket_key(party_of(InstallationId(*id)), resource);
  const TimePoint reset = now + std::chrono::duration_cast<TimePoint::duration>(reset_in);
  state.windows.set(key, allowance.limit - remaining, reset);
  state.closed_buckets.open(key);
  return json::object{{"resource", resource}, {"limit", allowance.limit}, {"remaining", remaining}};
}

}  // namespace hubwarden::sandbox

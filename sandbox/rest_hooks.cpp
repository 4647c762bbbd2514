#include "sandbox/rest_hooks.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <chrono>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/pages.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kCursor = "v1_";

json::value number_in(const json::object& payload, std::string_view of) {
  const json::value* value = payload.if_contains(of);
  const json::object* thing = value ? value->if_object() : nullptr;
  const json::value* id = thing ? thing->if_contains("id") : nullptr;
  return id && id->is_int64() ? *id : json::value();
}

std::string_view status_text(const Delivery& delivery) {
  if (delivery.succeeded()) return "OK";
  return delivery.status_code == 0 ? "failed to connect to host" : "Invalid HTTP Response";
}

json::object render(const Delivery& delivery) {
  const json::value* action = delivery.payload.if_contains("action");
  return {{"id", delivery.id},
          {"guid", delivery.guid},
          {"delivered_at", rfc3339(delivery.delivered_at)},
          {"redelivery", false},
          {"duration", std::chrono::duration<double>(delivery.duration).count()},
          {"status", status_text(delivery)},
          {"status_code", delivery.status_code},
          {"event", delivery.event},
          {"action", action && action->is_string() ? *action : json::value()},
          {"installation_id", number_in(delivery.payload, "installation")},
          {"repository_id", number_in(delivery.payload, "repository")},
          {"throttled_at", nullptr}};
}

// The delivery with which the page begins: the newest without a cursor, none for one that is not a cursor.
std::optional<std::uint64_t> first_of(const Call& call) {
  const auto cursor = call.parameter("cursor");
  if (!cursor) return UINT64_MAX;
  if (!cursor->starts_with(kCursor)) return std::nullopt;
  return parse_number<std::uint64_t>(std::string_view(*cursor).substr(kCursor.size()));
}

bool has_status(const Call& call, const Delivery& delivery) {
  const auto status = call.parameter("status");
  return !status || (*status == "success") == delivery.succeeded();
}

}  // namespace

Step list_deliveries(Context context) {
  const Exchange& exchange = context.exchange;
  const auto first = first_of(exchange.call);
  if (!first) return exchange.refuse(400, "Invalid cursor");
  const auto status = exchange.call.parameter("status");
  if (status && *status != "success" && *status != "failure") {
    return validation_failed("HookDelivery", "status", "invalid", exchange.docs());
  }
  std::vector<const Delivery*> wanted = context.state.hooks.list(*exchange.app);
  std::erase_if(wanted,
                [&](const Delivery* one) { return one->id > *first || !has_status(exchange.call, *one); });
  const std::size_t count = std::min(page_of(exchange.call, wanted.size()).per_page, wanted.size());
  json::array body;
  for (std::size_t i = 0; i < count; ++i) body.push_back(render(*wanted[i]));
  http::Response answer = json_answer(200, body);
  if (count == wanted.size()) return answer;
  std::string query = "per_page=" + std::to_string(count);
  if (status) query += "&status=" + *status;
  query += "&cursor=" + std::string(kCursor) + std::to_string(wanted[count]->id);
  answer.fields().set("Link",
                      "<" + context.state.urls.api + "/app/hook/deliveries?" + query + ">; rel=\"next\"");
  return answer;
}

Step get_delivery(Context context) {
  const Exchange& exchange = context.exchange;
  const auto id = parse_number<std::uint64_t>(exchange.parameters.find("delivery_id")->second);
  const Delivery* delivery = id ? context.state.hooks.find(*exchange.app, *id) : nullptr;
  if (!delivery) return exchange.not_found();
  json::object headers;
  for (const auto& [name, value] : delivery->headers(context.state.hooks.of(delivery->app))) {
    headers[name] = value;
  }
  json::object body = render(*delivery);
  body["url"] = delivery->url;
  body["request"] = json::object{{"headers", std::move(headers)}, {"payload", delivery->payload}};
  body["response"] = json::object{{"headers", json::object()}, {"payload", nullptr}};
  return json_answer(200, body);
}

}  // namespace hubwarden::sandbox

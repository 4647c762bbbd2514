#include <fmt/format.h>

#include "base/text.h"
#include "sandbox/control_routes.h"
#include "sandbox/json_reader.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

// 0 stands for a receiver that could not be reached.
constexpr std::uint64_t kMaxStatus = 599;

Result<AppId> app_named(ControlContext& context) {
  const auto number = parse_number<std::uint64_t>(context.parameters.front());
  if (!number || !context.world().app(AppId(*number))) return fail(ErrorCode::kNotFound, "no such App");
  return AppId(*number);
}

std::string new_guid(Random& random) {
  const std::uint64_t high = random.next();
  const std::uint64_t low = random.next();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF,
                     low >> 48, low & 0xFFFFFFFFFFFF);
}

}  // namespace

ControlAnswer change_hook(ControlContext& context) {
  const auto app = app_named(context);
  if (!app) return std::unexpected(app.error());
  JsonReader body(context.body);
  const std::string url = body.text("url");
  const std::string secret = body.text("secret");
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  context.github.state().hooks.set(*app, Hook{url, Secret(secret)});
  return json::object{{"app_id", app->value()}, {"url", url}};
}

ControlAnswer create_delivery(ControlContext& context) {
  const auto app = app_named(context);
  if (!app) return std::unexpected(app.error());
  JsonReader body(context.body);
  Delivery delivery{.guid = {},
                    .app = *app,
                    .event = body.text("event"),
                    .payload = body.object("payload"),
                    .url = {},
                    .delivered_at = {}};
  delivery.guid = body.text("guid", "");
  const bool is_sent = !body.has("status_code");
  const std::uint64_t status = body.number("status_code", 0);
  if (const Result<> good = body.finish(); !good) return std::unexpected(good.error());
  const Hook* const hook = context.github.state().hooks.of(*app);
  if (is_sent && hook == nullptr) return fail(ErrorCode::kConflict, "the App has no webhook: PATCH its hook");
  if (status > kMaxStatus) return fail(ErrorCode::kInvalidRequest, "status_code must lie in 0 to 599");
  if (delivery.guid.empty()) delivery.guid = new_guid(context.github.random());
  if (hook != nullptr) delivery.url = hook->url;
  delivery.status_code = static_cast<int>(status);
  delivery.delivered_at = context.github.state().shown(context.github.clock().now());
  json::object answer{{"guid", delivery.guid}, {"status_code", status}};
  const std::uint64_t id = context.github.state().hooks.add(std::move(delivery));
  answer["id"] = id;
  if (is_sent) context.to_send = id;
  return answer;
}

}  // namespace hubwarden::sandbox

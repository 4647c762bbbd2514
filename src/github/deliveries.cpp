#include "github/deliveries.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"
#include "github/json.h"
#include "github/webhook_payload.h"

namespace hubwarden::github {
namespace {

constexpr std::size_t kMaxCursor = 200;
constexpr std::size_t kMaxGuid = 64;  // a UUID has 36 characters

std::unexpected<Error> lacks(std::string_view what) {
  return fail(ErrorCode::kUpstreamProtocol, "GitHub's list of deliveries has no usable " + std::string(what));
}

bool is_plain(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '=' || c == '~';
  });
}

// The cursor alone is taken from the link: where the next request goes is not for an answer to say.
std::string cursor_of(std::string_view url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return "";
  for (const std::string_view pair : split(url.substr(mark + 1), '&')) {
    if (!pair.starts_with("cursor=")) continue;
    const auto cursor = percent_decode(pair.substr(7));
    return cursor && is_plain(*cursor, kMaxCursor) ? *cursor : "";
  }
  return "";
}

// <https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_12077215967>; rel="next"
std::string next_cursor(std::string_view link) {
  for (const std::string_view part : split(link, ',')) {
    const std::size_t begin = part.find('<');
    const std::size_t end = part.find('>');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) continue;
    if (part.substr(end).find("rel=\"next\"") == std::string_view::npos) continue;
    return cursor_of(part.substr(begin + 1, end - begin - 1));
  }
  return "";
}

// 0 stands for a receiver that could not be reached.
bool is_success(const boost::json::object& item) {
  const auto status = json::id_at(item, "status_code");
  return status && *status >= 200 && *status < 300;
}

Result<DeliveryItem> read_item(const boost::json::value& value) {
  const boost::json::object* const item = json::object_in(value);
  const auto id = item ? json::id_at(*item, "id") : std::nullopt;
  if (!id) return lacks("id");
  const std::string_view guid = json::text_at(*item, "guid").value_or("");
  if (!is_plain(guid, kMaxGuid)) return lacks("guid");
  const auto delivered_at = parse_rfc3339(json::text_at(*item, "delivered_at").value_or(""));
  if (!delivered_at) return lacks("delivered_at");
  DeliveryItem read(*id, std::string(guid), *delivered_at);
  read.event = webhook_event(json::text_at(*item, "event").value_or(""));
  read.succeeded = is_success(*item);
  return read;
}

}  // namespace

Result<DeliveryPage> read_deliveries(std::string_view body, std::string_view link) {
  const Result<boost::json::value> document = json::parse(body);
  if (!document) return std::unexpected(document.error());
  if (!document->is_array()) return lacks("list");
  DeliveryPage page;
  for (const boost::json::value& value : document->get_array()) {
    Result<DeliveryItem> item = read_item(value);
    if (!item) return std::unexpected(item.error());
    page.items.push_back(std::move(*item));
  }
  page.next = next_cursor(link);
  return page;
}

Result<Webhook> read_delivery(WebhookEvent event, std::string_view body) {
  const Result<boost::json::value> document = json::parse(body);
  if (!document) return std::unexpected(document.error());
  const boost::json::object* const root = json::object_in(*document);
  const boost::json::object* const request = root ? json::object_at(*root, "request") : nullptr;
  const boost::json::object* const payload = request ? json::object_at(*request, "payload") : nullptr;
  if (payload == nullptr) return lacks("payload");
  Result<Webhook> webhook = read_webhook(event, *payload);
  if (!webhook) return fail(ErrorCode::kUpstreamProtocol, webhook.error().message());
  return webhook;
}

}  // namespace hubwarden::github

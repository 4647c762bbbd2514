#include "delivery/admin/handle_json.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "delivery/budget_json.h"
#include "delivery/json_body.h"

namespace hubwarden::delivery {
namespace {

using boost::json::object;
using boost::json::value;

Result<catalogue::OperationList> parse_operations(const object& body) {
  constexpr std::string_view kUsual[] = {catalogue::OperationList::kRead};
  const value* const found = body.if_contains("operations");
  if (found == nullptr) return catalogue::OperationList::parse(kUsual);
  const auto is_text = [](const value& item) { return item.is_string(); };
  if (!found->is_array() || !std::ranges::all_of(found->get_array(), is_text)) {
    return fail(ErrorCode::kInvalidRequest,
                "\"operations\" must be an array of operations, like [\"read\", \"create_issue\"]");
  }
  std::vector<std::string_view> entries;
  for (const value& item : found->get_array()) entries.emplace_back(item.get_string());
  return catalogue::OperationList::parse(entries);
}

Result<Duration> parse_life(const object& body, Duration usual) {
  if (!body.contains("expires_in")) return usual;
  const Result<std::string> text = string_member(body, "expires_in");
  if (!text) return std::unexpected(text.error());
  const std::optional<Duration> life = parse_duration(*text);
  if (!life) return fail(ErrorCode::kInvalidRequest, "\"expires_in\" must be a duration, like 1h");
  return *life;
}

Result<policy::Priority> parse_priority_member(const object& body, policy::Priority usual) {
  if (!body.contains("priority")) return usual;
  const Result<std::string> text = string_member(body, "priority");
  if (!text) return std::unexpected(text.error());
  const std::optional<policy::Priority> priority = policy::parse_priority(*text);
  if (!priority) return fail(ErrorCode::kInvalidRequest, "\"priority\" must be \"normal\" or \"background\"");
  return *priority;
}

Result<std::optional<policy::HostName>> parse_host(const object& body) {
  if (!body.contains("host")) return std::nullopt;
  const Result<std::string> text = string_member(body, "host");
  if (!text) return std::unexpected(text.error());
  const Result<policy::HostName> host = policy::HostName::parse(*text);
  if (!host) return std::unexpected(host.error());
  return *host;
}

}  // namespace

Result<auth::HandleWish> parse_handle_wish(const object& body) {
  const Result<std::string> text = string_member(body, "repository");
  if (!text) return std::unexpected(text.error());
  const Result<policy::Repository> repository = policy::Repository::parse(*text);
  if (!repository) return std::unexpected(repository.error());
  Result<catalogue::OperationList> operations = parse_operations(body);
  if (!operations) return std::unexpected(operations.error());
  auth::HandleWish wish(*repository, *std::move(operations));
  Result<std::optional<policy::HostName>> host = parse_host(body);
  if (!host) return std::unexpected(host.error());
  const Result<Duration> life = parse_life(body, wish.life);
  if (!life) return std::unexpected(life.error());
  const Result<policy::BudgetLimits> limits = parse_budget(body, wish.limits);
  if (!limits) return std::unexpected(limits.error());
  const Result<policy::Priority> priority = parse_priority_member(body, wish.priority);
  if (!priority) return std::unexpected(priority.error());
  wish.host = *std::move(host);
  wish.life = *life;
  wish.limits = *limits;
  wish.priority = *priority;
  return wish;
}

object to_json(const store::Handle& handle) {
  object json;
  json["id"] = store::to_text(handle.id);
  json["issuer"] = handle.issuer;
  json["repository"] = handle.repository.shown();
  if (handle.host) json["host"] = handle.host->text();
  boost::json::array operations;
  for (const std::string_view operation : split(handle.operations, ',')) operations.emplace_back(operation);
  json["operations"] = std::move(operations);
  json["priority"] = to_string(handle.priority);
  json["budget"] = {{"concurrent", handle.limits.concurrent()},
                    {"requests", handle.limits.requests()},
                    {"bytes", handle.limits.bytes()}};
  json["spent"] = {{"requests", handle.spent.requests}, {"bytes", handle.spent.bytes}};
  json["created_at"] = rfc3339(handle.created_at);
  json["expires_at"] = rfc3339(handle.expires_at);
  if (handle.revoked_at) json["revoked_at"] = rfc3339(*handle.revoked_at);
  return json;
}

object to_json(const auth::HandlePage& page) {
  object json;
  boost::json::array handles;
  for (const store::Handle& handle : page.items()) handles.push_back(to_json(handle));
  json["handles"] = std::move(handles);
  if (page.next_cursor()) json["next_cursor"] = *page.next_cursor();
  return json;
}

}  // namespace hubwarden::delivery

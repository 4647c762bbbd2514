#include "sandbox/rest_body.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxShown = 100;

std::string quoted_list(std::span<const std::string_view> words) {
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "\"" : ", \"") + std::string(word) + "\"";
  return list;
}

}  // namespace

std::expected<json::object, http::Response> json_body(const Exchange& exchange) {
  boost::system::error_code error;
  json::value body = json::parse(exchange.call.body, error);
  if (error) return std::unexpected(exchange.refuse(400, "Problems parsing JSON"));
  if (!body.is_object()) return std::unexpected(exchange.refuse(400, "Body should be a JSON object"));
  return std::move(body.as_object());
}

std::optional<std::string> text_field(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->as_string());
}

std::optional<std::vector<std::string>> names_field(const json::object& body, std::string_view name) {
  const json::value* given = body.if_contains(name);
  if (!given || !given->is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const json::value& one : given->as_array()) {
    if (one.is_string()) names.emplace_back(one.as_string());
    if (!one.is_object()) continue;
    if (auto inner = text_field(one.as_object(), "name")) names.push_back(std::move(*inner));
  }
  return names;
}

http::Response invalid_request(const Exchange& exchange, std::string_view what) {
  return exchange.refuse(422, "Invalid request.\n\n" + std::string(what));
}

std::optional<http::Response> check_supplied(const Exchange& exchange, const json::object& body,
                                             std::span<const std::string_view> names) {
  std::vector<std::string_view> missing;
  for (const std::string_view name : names) {
    const json::value* value = body.if_contains(name);
    if (!value) {
      missing.push_back(name);
    } else if (!value->is_string()) {
      return invalid_request(exchange, "For 'properties/" + std::string(name) + "', " +
                                           printable(json::serialize(*value), kMaxShown) +
                                           " is not a string.");
    }
  }
  if (missing.empty()) return std::nullopt;
  return invalid_request(
      exchange, quoted_list(missing) + (missing.size() == 1 ? " wasn't" : " weren't") + " supplied.");
}

std::optional<http::Response> check_choice(const Exchange& exchange, const json::object& body,
                                           std::string_view name, std::span<const std::string_view> words) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) return std::nullopt;
  const auto text = text_field(body, name);
  if (text && std::find(words.begin(), words.end(), *text) != words.end()) return std::nullopt;
  return invalid_request(exchange, "For 'properties/" + std::string(name) + "', " +
                                       printable(json::serialize(*value), kMaxShown) +
                                       " is not a member of [" + quoted_list(words) + "].");
}

}  // namespace hubwarden::sandbox

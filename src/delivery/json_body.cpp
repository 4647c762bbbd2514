#include "delivery/json_body.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "wire/strict_json.h"

namespace hubwarden::delivery {
namespace {

bool is_json(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  return equal_ignoring_case(type, "application/json");
}

}  // namespace

Result<boost::json::object> parse_json(std::string_view text, std::initializer_list<std::string_view> known) {
  auto value = wire::parse_strict_json(text, kMaxJsonDepth);
  if (!value && value.error() == wire::JsonFault::kStandsTwice) {
    return fail(ErrorCode::kInvalidRequest, "a member of the body stands more than once");
  }
  if (!value || !value->is_object()) {
    return fail(ErrorCode::kInvalidRequest, "the body is not one JSON object");
  }
  for (const auto& member : value->get_object()) {
    const std::string_view name = member.key();
    if (std::ranges::find(known, name) == known.end()) {
      return fail(ErrorCode::kInvalidRequest, "unknown member: \"" + printable(name, 60) + "\"");
    }
  }
  return std::move(value->get_object());
}

http::Task<Result<std::string>> json_text(http::Request& request) {
  const auto content_type = request.fields().find("Content-Type");
  if (!content_type || !is_json(*content_type)) {
    co_return fail(ErrorCode::kUnsupportedMediaType, "the body must be application/json");
  }
  Result<std::string> text = co_await http::read_all(request.body(), kMaxJsonBody);
  co_return text;
}

Result<std::string> string_member(const boost::json::object& body, std::string_view name) {
  const boost::json::value* const value = body.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return fail(ErrorCode::kInvalidRequest, "\"" + std::string(name) + "\" must be a string");
  }
  return std::string(value->get_string());
}

}  // namespace hubwarden::delivery

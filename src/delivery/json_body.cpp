#include "delivery/json_body.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <string>
#include <utility>

#include "base/text.h"
#include "wire/json_memory.h"

namespace hubwarden::delivery {
namespace {

// In JSON that is well-formed, each member has one colon outside of strings.
std::size_t members_written(std::string_view json) {
  std::size_t colons = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"') is_in_string = !is_in_string;
    if (is_in_string && json[i] == '\\') ++i;
    if (!is_in_string && json[i] == ':') ++colons;
  }
  return colons;
}

// The parser has bounded the depth.
std::size_t members_kept(const boost::json::value& value) {
  std::size_t members = 0;
  if (const auto* const object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) members += members_kept(member.value());
  } else if (const auto* const array = value.if_array()) {
    for (const boost::json::value& element : *array) members += members_kept(element);
  }
  return members;
}

bool is_json(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  return equal_ignoring_case(type, "application/json");
}

}  // namespace

Result<boost::json::object> parse_json(std::string_view text, std::initializer_list<std::string_view> known) {
  boost::json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  boost::json::error_code failure;
  boost::json::value value = boost::json::parse(text, failure, wire::wiping_json_memory(), options);
  if (failure || !value.is_object()) {
    return fail(ErrorCode::kInvalidRequest, "the body is not one JSON object");
  }
  // Of two members with one name Boost.JSON keeps the last; which of them was meant is for the caller to say.
  if (members_kept(value) != members_written(text)) {
    return fail(ErrorCode::kInvalidRequest, "a member of the body stands more than once");
  }
  for (const auto& member : value.get_object()) {
    const std::string_view name = member.key();
    if (std::ranges::find(known, name) == known.end()) {
      return fail(ErrorCode::kInvalidRequest, "unknown member: \"" + printable(name, 60) + "\"");
    }
  }
  return std::move(value.get_object());
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

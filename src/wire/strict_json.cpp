#include "wire/strict_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "wire/json_memory.h"

namespace hubwarden::wire {
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

}  // namespace

std::expected<boost::json::value, JsonFault> parse_strict_json(std::string_view text, std::size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::error_code failure;
  boost::json::value value = boost::json::parse(text, failure, wiping_json_memory(), options);
  if (failure) return std::unexpected(JsonFault::kNotJson);
  // Of two members with one name Boost.JSON keeps the last; which of them was meant is for the sender to say.
  if (members_kept(value) != members_written(text)) return std::unexpected(JsonFault::kStandsTwice);
  return value;
}

std::optional<std::string_view> text_at(const boost::json::object& object, std::string_view name) {
  const boost::json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

}  // namespace hubwarden::wire

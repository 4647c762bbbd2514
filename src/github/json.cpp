#include "github/json.h"

#include <boost/json/parser.hpp>

#include "wire/json_memory.h"

namespace hubwarden::github::json {

namespace bj = boost::json;

Result<bj::value> parse(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::parser parser(wire::wiping_json_memory(), options);
  parser.reset(wire::wiping_json_memory());
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return fail(ErrorCode::kUpstreamProtocol, "GitHub's answer is not JSON");
  return parser.release();
}

const bj::object* object_in(const bj::value& value) {
  return value.if_object();
}

const bj::object* object_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

const bj::array* array_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value ? value->if_array() : nullptr;
}

std::optional<std::string_view> text_in(const bj::value& value) {
  const bj::string* text = value.if_string();
  if (!text) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::optional<std::string_view> text_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value ? text_in(*value) : std::nullopt;
}

std::optional<std::uint64_t> id_at(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  // The parser keeps what fits as int64; a uint64 is larger than any id.
  const std::int64_t* number = value ? value->if_int64() : nullptr;
  if (!number || *number <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace hubwarden::github::json

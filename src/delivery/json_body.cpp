#include "delivery/json_body.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "wire/json_memory.h"

namespace hubwarden::delivery {
namespace {

// Tells only whether an object has a member twice.
struct DuplicateFinder {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  using Code = boost::json::error_code;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_key_part(boost::json::string_view part, std::size_t, Code&) {
    key.append(part);
    return true;
  }
  bool on_key(boost::json::string_view part, std::size_t, Code&) {
    key.append(part);
    const bool is_new = open.back().insert(std::exchange(key, {})).second;
    found = found || !is_new;
    return true;
  }
  bool on_string_part(boost::json::string_view, std::size_t, Code&) { return true; }
  bool on_string(boost::json::string_view, std::size_t, Code&) { return true; }
  bool on_number_part(boost::json::string_view, Code&) { return true; }
  bool on_int64(std::int64_t, boost::json::string_view, Code&) { return true; }
  bool on_uint64(std::uint64_t, boost::json::string_view, Code&) { return true; }
  bool on_double(double, boost::json::string_view, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(boost::json::string_view, Code&) { return true; }
  bool on_comment(boost::json::string_view, Code&) { return true; }

  // Sorted: a body may have a hundred thousand members, and may have been made to collide.
  std::vector<std::set<std::string>> open;
  std::string key;
  bool found = false;
};

// Boost.JSON keeps the last of two members with one name; which of the two was meant is for the caller to
// say.
bool has_duplicate_members(std::string_view text) {
  boost::json::basic_parser<DuplicateFinder> parser{boost::json::parse_options()};
  boost::json::error_code failure;
  parser.write_some(false, text.data(), text.size(), failure);
  return parser.handler().found;
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
  if (has_duplicate_members(text)) {
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

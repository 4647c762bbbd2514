#include "fleet/json_members.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "wire/json_memory.h"

namespace hubwarden::fleet {
namespace {

constexpr std::size_t kMaxDepth = 4;

}  // namespace

std::optional<boost::json::object> object_in(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return std::nullopt;
  boost::system::error_code failure;
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::value document = boost::json::parse(text, failure, wire::wiping_json_memory(), options);
  if (failure || !document.is_object()) return std::nullopt;
  return std::move(document.get_object());
}

std::optional<std::string_view> text_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const found = object.if_contains(key);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string_view(found->get_string());
}

std::optional<std::int64_t> integer_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const found = object.if_contains(key);
  const std::int64_t* const number = found != nullptr ? found->if_int64() : nullptr;
  if (number == nullptr) return std::nullopt;
  return *number;
}

const boost::json::array* array_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* const found = object.if_contains(key);
  return found != nullptr ? found->if_array() : nullptr;
}

std::optional<policy::Repository> repository_at(const boost::json::object& object, std::string_view key) {
  const std::optional<std::string_view> text = text_at(object, key);
  if (!text) return std::nullopt;
  auto repository = policy::Repository::parse(*text);
  if (!repository) return std::nullopt;
  return std::move(*repository);
}

std::int64_t nanoseconds(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::optional<TimePoint> time_at(const boost::json::object& object, std::string_view key) {
  const std::optional<std::int64_t> count = integer_at(object, key);
  if (!count || *count < 0) return std::nullopt;
  return TimePoint(std::chrono::nanoseconds(*count));
}

}  // namespace hubwarden::fleet

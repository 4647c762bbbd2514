#pragma once

// Members of the JSON that replicas keep for each other, read one by one: nothing for what is not there or of
// another kind.

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "policy/names.h"

namespace hubwarden::fleet {

// Parsed in memory that is wiped, within the depth of what is kept.
std::optional<boost::json::object> object_in(std::string_view text, std::size_t max_bytes);

std::optional<std::string_view> text_at(const boost::json::object& object, std::string_view key);
std::optional<std::int64_t> integer_at(const boost::json::object& object, std::string_view key);
const boost::json::array* array_at(const boost::json::object& object, std::string_view key);
std::optional<policy::Repository> repository_at(const boost::json::object& object, std::string_view key);

// GitHub's numbers are positive.
template <class Id>
std::optional<Id> id_at(const boost::json::object& object, std::string_view key) {
  const std::optional<std::int64_t> number = integer_at(object, key);
  if (!number || *number <= 0) return std::nullopt;
  return Id(static_cast<std::uint64_t>(*number));
}

// Nanoseconds since 1970.
std::int64_t nanoseconds(TimePoint time);
std::optional<TimePoint> time_at(const boost::json::object& object, std::string_view key);

}  // namespace hubwarden::fleet

#pragma once

// JSON that must mean one thing: a member that stands twice is refused, not the last of the two believed.
//
//   std::expected<boost::json::value, JsonFault> document = parse_strict_json(text, 8);
//
// What was read is wiped when it goes. Pure.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

namespace hubwarden::wire {

enum class JsonFault { kNotJson, kStandsTwice };

// One complete value, no deeper than `max_depth`. The length is for the caller to bound.
std::expected<boost::json::value, JsonFault> parse_strict_json(std::string_view text, std::size_t max_depth);

// Nothing for a member that is not there or no text. As long as the object.
std::optional<std::string_view> text_at(const boost::json::object& object, std::string_view name);

}  // namespace hubwarden::wire

#pragma once

// JSON from GitHub: read once, within bounds, in memory that is wiped when freed, because answers carry
// tokens.
//
//   Result<boost::json::value> document = json::parse(body);
//   const boost::json::object* root = json::object_in(*document);
//   std::optional<std::string_view> login = json::text_at(*root, "login");

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace hubwarden::github::json {

// Deeper nesting than any answer of GitHub's (a repository object goes 5 deep).
constexpr std::size_t kMaxDepth = 32;

// `upstream_protocol` for anything but one complete JSON value. The length is bounded by whoever fetched the
// text.
Result<boost::json::value> parse(std::string_view text);

// Nothing, never an error, for a value that is missing or of another kind.
const boost::json::object* object_in(const boost::json::value& value);
std::optional<std::string_view> text_in(const boost::json::value& value);
const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
const boost::json::array* array_at(const boost::json::object& object, std::string_view key);
std::optional<std::string_view> text_at(const boost::json::object& object, std::string_view key);
// GitHub's ids: positive integers.
std::optional<std::uint64_t> id_at(const boost::json::object& object, std::string_view key);

}  // namespace hubwarden::github::json

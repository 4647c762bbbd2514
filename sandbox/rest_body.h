#pragma once

// What comes in a REST request's body, and what is said about one that is wrong.

#include <boost/json/object.hpp>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

// The body as a JSON object, or GitHub's 400.
std::expected<boost::json::object, http::Response> json_body(const Exchange& exchange);

// A string under that name; nothing for null and for anything else.
std::optional<std::string> text_field(const boost::json::object& body, std::string_view name);
// The strings of an array; GitHub also takes labels as objects with a `name`.
std::optional<std::vector<std::string>> names_field(const boost::json::object& body, std::string_view name);

// 422 in the form that GitHub's check against its schema has: Invalid request.\n\n"name" wasn't supplied.
http::Response invalid_request(const Exchange& exchange, std::string_view what);
// nullopt when all are there as strings.
std::optional<http::Response> check_supplied(const Exchange& exchange, const boost::json::object& body,
                                             std::span<const std::string_view> names);
// nullopt when the field is missing or one of the words.
std::optional<http::Response> check_choice(const Exchange& exchange, const boost::json::object& body,
                                           std::string_view name, std::span<const std::string_view> words);

}  // namespace hubwarden::sandbox

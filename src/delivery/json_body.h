#pragma once

// A request's JSON body, read strictly: one object, known members alone.
//
//   Result<std::string> text = co_await json_text(request);
//   Result<boost::json::object> body = parse_json(*text, {"id", "repositories"});

#include <boost/json/object.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/handler.h"

namespace hubwarden::delivery {

// Bounds of a body: docs/http-api.md.
constexpr std::size_t kMaxJsonBody = 1 << 20;
constexpr std::size_t kMaxJsonDepth = 16;

// The bytes of the body. `unsupported_media_type` unless Content-Type is application/json; `too_large`.
http::Task<Result<std::string>> json_text(http::Request& request);

// `invalid_request` for anything but one object, for an unknown member (by name) and for one that stands
// twice. What was read is wiped when it goes.
Result<boost::json::object> parse_json(std::string_view text, std::initializer_list<std::string_view> known);

// `invalid_request`, naming the member, when it is missing or not a string.
Result<std::string> string_member(const boost::json::object& body, std::string_view name);

}  // namespace hubwarden::delivery

#pragma once

// GitHub's answers in its own form: JSON bodies and the shape of its errors.

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "http/handler.h"

namespace hubwarden::sandbox {

inline constexpr std::string_view kRestDocs = "https://docs.github.com/rest";

http::Response json_answer(int status, const boost::json::value& body);
http::Response no_content(int status = 204);
// {"message", "documentation_url", "status"}
http::Response error_answer(int status, std::string_view message,
                            std::string_view documentation_url = kRestDocs);
// 422 "Validation Failed" with one entry in `errors`.
http::Response validation_failed(std::string_view resource, std::string_view field, std::string_view code,
                                 std::string_view documentation_url);
// The same with a message in place of a field.
http::Response validation_failed_because(std::string_view resource, std::string_view message,
                                         std::string_view documentation_url);
// 301 for reading, 307 for the rest.
http::Response moved_answer(bool reading, std::string_view location);
// The page that GitHub's front end shows when nothing behind it answers.
http::Response unicorn();

}  // namespace hubwarden::sandbox

#include "sandbox/answers.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kJson = "application/json; charset=utf-8";

constexpr std::string_view kUnicorn = R"(<!DOCTYPE html>
<html>
  <head>
    <meta http-equiv="Content-type" content="text/html; charset=utf-8">
    <title>Unicorn! &middot; GitHub</title>
  </head>
  <body>
    <p><strong>No server is currently available to service your request.</strong></p>
    <p>Sorry about that. Please try refreshing and contact us if the problem persists.</p>
  </body>
</html>
)";

http::Response validation_answer(const json::object& error, std::string_view documentation_url) {
  return json_answer(422, json::object{{"message", "Validation Failed"},
                                       {"errors", json::array{error}},
                                       {"documentation_url", documentation_url},
                                       {"status", "422"}});
}

}  // namespace

http::Response json_answer(int status, const json::value& body) {
  return {status, std::string(kJson), json::serialize(body)};
}

http::Response no_content(int status) {
  return http::Response(status);
}

http::Response error_answer(int status, std::string_view message, std::string_view documentation_url) {
  return json_answer(status, json::object{{"message", message},
                                          {"documentation_url", documentation_url},
                                          {"status", std::to_string(status)}});
}

http::Response validation_failed(std::string_view resource, std::string_view field, std::string_view code,
                                 std::string_view documentation_url) {
  return validation_answer({{"resource", resource}, {"field", field}, {"code", code}}, documentation_url);
}

http::Response validation_failed_because(std::string_view resource, std::string_view message,
                                         std::string_view documentation_url) {
  return validation_answer({{"resource", resource}, {"code", "custom"}, {"message", message}},
                           documentation_url);
}

http::Response moved_answer(bool reading, std::string_view location) {
  const int status = reading ? 301 : 307;
  http::Response answer =
      json_answer(status, json::object{{"message", reading ? "Moved Permanently" : "Temporary Redirect"},
                                       {"url", location},
                                       {"documentation_url", "https://docs.github.com/v3/#http-redirects"}});
  answer.fields().set("Location", location);
  return answer;
}

http::Response unicorn() {
  return {503, "text/html; charset=utf-8", std::string(kUnicorn)};
}

}  // namespace hubwarden::sandbox

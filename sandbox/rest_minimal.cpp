#include "sandbox/rest_minimal.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "base/check.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

// Bodies of these are what they are: a Markdown text, the bytes of a file.
bool takes_anything(const Exchange& exchange) {
  const auto type = exchange.call.header("Content-Type");
  return type && !type->starts_with("application/json");
}

std::string_view media_type(std::string_view operation) {
  if (operation == "meta/get-zen") return "text/plain;charset=utf-8";
  if (operation == "meta/get-octocat") return "application/octocat-stream";
  return "text/html;charset=utf-8";
}

}  // namespace

Step minimal_answer(Context context) {
  const Exchange& exchange = context.exchange;
  if (!exchange.call.body.empty() && !exchange.reads() && !takes_anything(exchange)) {
    boost::system::error_code error;
    json::parse(exchange.call.body, error);
    if (error) return exchange.refuse(400, "Problems parsing JSON");
  }
  const Route& route = *exchange.route;
  switch (route.form) {
    case Form::kNothing: return no_content(route.success);
    case Form::kObject: return json_answer(route.success, json::object());
    case Form::kList: return json_answer(route.success, json::array());
    case Form::kText:
      return http::Response(route.success, std::string(media_type(route.operation)),
                            std::string("Keep it logically awesome."));
  }
  HW_CHECK(false);
}

}  // namespace hubwarden::sandbox

#include "delivery/json_answer.h"

#include <boost/json/serialize.hpp>
#include <memory>
#include <string>
#include <utility>

namespace hubwarden::delivery {

http::Response json_answer(int status, const boost::json::object& body) {
  http::Response response(status, "application/json", boost::json::serialize(body) + "\n");
  response.fields().add("Cache-Control", "no-store");
  return response;
}

http::Response secret_answer(const boost::json::object& open, std::string_view name, const Secret& secret) {
  constexpr std::string_view kEnd = "\"}\n";
  std::string text = boost::json::serialize(open);
  text.pop_back();  // its '}'
  text.append(",\"").append(name).append("\":\"");
  std::string body;
  body.reserve(text.size() + secret.size() + kEnd.size());  // one buffer, so that none is left unwiped
  body.append(text).append(secret.reveal()).append(kEnd);
  http::Fields fields;
  fields.add("Content-Type", "application/json");
  fields.add("Cache-Control", "no-store");
  return http::Response(
      std::make_shared<const http::Prepared>(201, http::FieldLines(fields), std::move(body)));
}

}  // namespace hubwarden::delivery

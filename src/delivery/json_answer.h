#pragma once

// Answers that are one JSON object. None may be stored by what stands in between.
//
//   return json_answer(200, to_json(record));
//   return secret_answer(to_json(record), "proxy_handle", handle);   // the one time that it is shown

#include <boost/json/object.hpp>
#include <string_view>

#include "base/secret.h"
#include "http/handler.h"

namespace hubwarden::delivery {

http::Response json_answer(int status, const boost::json::object& body);

// 201 with `open` and, as its last member, a new secret, in a text that wipes itself. Neither name nor secret
// is escaped: our credentials are letters, digits, '-' and '_'. `open` is not empty.
http::Response secret_answer(const boost::json::object& open, std::string_view name, const Secret& secret);

}  // namespace hubwarden::delivery

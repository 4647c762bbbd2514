#pragma once

// One REST request, read to its end: what the pure part of the sandbox answers.
//
//   Call call(http::Method::kGet, "/repos/acme/widgets");
//   call.headers.add("Authorization", "Bearer " + token);

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/message.h"

namespace hubwarden::http {
class Request;
}

namespace hubwarden::sandbox {

struct Call {
  // A User-Agent is there from the start; GitHub refuses requests without one.
  Call(http::Method method_, std::string_view target);
  // Headers and target; the body is for the caller to read.
  explicit Call(http::Request& request);

  std::optional<std::string_view> header(std::string_view name) const { return headers.find(name); }
  // The first parameter of that name, decoded.
  std::optional<std::string> parameter(std::string_view name) const;

  http::Method method;
  std::string path;  // percent-encoded; a leading /api/v3, as on GitHub Enterprise Server, is dropped
  std::string query;
  http::Fields headers;
  std::string body;
  std::string address = "127.0.0.1";
};

// What the caller presents. Basic carries the token as its password, whatever the user name.
struct Credentials {
  enum class Scheme { kNone, kBearer, kToken, kBasic, kOther };
  Scheme scheme = Scheme::kNone;
  std::string secret;
};
Credentials credentials_of(std::optional<std::string_view> authorization);

}  // namespace hubwarden::sandbox

#include "http/request_fields.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace hubwarden::http {
namespace {

// Framing, connection and credentials are decided in one place. Two answers to "how long is this body?" are
// how requests get smuggled (RFC 9112, 11.2).
constexpr std::array<std::string_view, 8> kOwn = {
    "Host",   "Connection",    "Content-Length", "Transfer-Encoding",
    "Expect", "Authorization", "Upgrade",        "Proxy-Authorization"};

bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [kMarks](char c) {
    return is_alnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_own(std::string_view name) {
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [name](std::string_view own) { return equal_ignoring_case(own, name); });
}

}  // namespace

Result<> check_fields(const ClientRequest& request) {
  for (const auto& [name, value] : request.fields) {
    if (!is_token(name) || !is_field_value(value)) {
      return fail(ErrorCode::kInvalidRequest, "a header field of the request is not allowed in HTTP");
    }
    if (is_own(name)) {
      return fail(ErrorCode::kInvalidRequest,
                  "the field " + std::string(name) + " is set by the client alone");
    }
  }
  const auto& authorization = request.authorization;
  if (!authorization) return {};
  if (!is_token(authorization->scheme) || !is_field_value(authorization->secret.reveal())) {
    return fail(ErrorCode::kInvalidRequest, "the credential of the request is not allowed in HTTP");
  }
  return {};
}

}  // namespace hubwarden::http

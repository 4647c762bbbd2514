#include "auth/bearer.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::auth {
namespace {

constexpr std::string_view kScheme = "Bearer";
constexpr std::string_view kField = "Authorization";

}  // namespace

Error unauthenticated() {
  return Error(ErrorCode::kUnauthenticated, "a valid bearer token is needed");
}

Result<std::string_view> parse_bearer(std::string_view field_value) {
  const std::string_view scheme = field_value.substr(0, kScheme.size());
  std::string_view token = field_value.substr(scheme.size());
  if (!equal_ignoring_case(scheme, kScheme) || !token.starts_with(' '))
    return std::unexpected(unauthenticated());
  token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
  if (token.empty() || token.size() > kMaxBearer) return std::unexpected(unauthenticated());
  return token;
}

Result<std::string_view> bearer_of(const http::FieldViews& fields) {
  const auto value = fields.find(kField);
  if (!value || fields.count(kField) != 1) return std::unexpected(unauthenticated());
  return parse_bearer(*value);
}

}  // namespace hubwarden::auth

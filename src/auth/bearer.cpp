#include "auth/bearer.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hubwarden::auth {
namespace {

constexpr std::string_view kScheme = "Bearer";
constexpr std::string_view kField = "Authorization";

// The characters of token68, looked up instead of compared: every request brings some fifty of them.
constexpr std::array<bool, 256> kToken68 = [] {
  std::array<bool, 256> is_one{};
  for (const char mark : std::string_view("-._~+/")) is_one[static_cast<unsigned char>(mark)] = true;
  for (unsigned char c = 0; c < 128; ++c) is_one[c] |= is_alnum(static_cast<char>(c));
  return is_one;
}();

bool is_token68(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  bool all = !text.empty();
#pragma GCC unroll 8
  for (const char c : text) all &= kToken68[static_cast<unsigned char>(c)];
  return all;
}

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
  if (token.size() > kMaxBearer || !is_token68(token)) return std::unexpected(unauthenticated());
  return token;
}

Result<std::string_view> bearer_of(const http::FieldViews& fields) {
  const auto value = fields.find(kField);
  if (!value || fields.count(kField) != 1) return std::unexpected(unauthenticated());
  return parse_bearer(*value);
}

}  // namespace hubwarden::auth

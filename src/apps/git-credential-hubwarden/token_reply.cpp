#include "apps/git-credential-hubwarden/token_reply.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::git_credential {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxMessage = 300;

// Where the parsed answer lives. A usual answer fits; wiped at the end because it holds the token.
class Arena {
 public:
  ~Arena() { explicit_bzero(buffer_.data(), buffer_.size()); }
  json::storage_ptr get() { return &resource_; }

 private:
  std::array<unsigned char, 16 << 10> buffer_;
  json::monotonic_resource resource_{buffer_.data(), buffer_.size()};
};

std::optional<std::string_view> text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  const json::string* const text = value != nullptr ? value->if_string() : nullptr;
  if (text == nullptr) return std::nullopt;
  return std::string_view(*text);
}

std::optional<ErrorCode> code_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (to_string(static_cast<ErrorCode>(i)) == name) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

std::optional<Fix> fix_named(std::string_view name) {
  for (const Fix fix : {Fix::kCaller, Fix::kOperator, Fix::kGitHub, Fix::kWait}) {
    if (to_string(fix) == name) return fix;
  }
  return std::nullopt;
}

std::unexpected<Error> not_hubwarden(int status, std::optional<std::chrono::seconds> retry_after) {
  const bool is_away = status >= 502 && status <= 504;
  Error error(is_away ? ErrorCode::kUnavailable : ErrorCode::kUpstreamProtocol,
              "its answer (status " + std::to_string(status) + ") is not one of hubwarden's");
  if (retry_after) error = std::move(error).with_retry_after(*retry_after);
  return std::unexpected(std::move(error));
}

Error refusal(ErrorCode code, const json::object& object, std::optional<std::chrono::seconds> retry_after) {
  Error error(code, printable(text_at(object, "message").value_or(""), kMaxMessage));
  if (const auto fix = fix_named(text_at(object, "fix").value_or("")))
    error = std::move(error).with_fix(*fix);
  const json::value* const wait = object.if_contains("retry_after");
  if (wait != nullptr && wait->is_number()) {
    const double seconds = wait->to_number<double>();
    if (seconds >= 0 && seconds < 86'400)
      retry_after = std::chrono::seconds(static_cast<int>(seconds + 0.999));
  }
  return retry_after ? std::move(error).with_retry_after(*retry_after) : error;
}

Result<Token> read_token(const json::object& object) {
  const auto value = text_at(object, "token");
  if (!value || !is_token(*value)) return fail(ErrorCode::kUpstreamProtocol, "its answer holds no token");
  const json::value* const expiry = object.if_contains("expires_at");
  if (expiry == nullptr || expiry->is_null()) return Token(Secret(*value), std::nullopt);
  const auto expires_at = parse_rfc3339(text_at(object, "expires_at").value_or(""));
  if (!expires_at) return fail(ErrorCode::kUpstreamProtocol, "its answer's expires_at is not a time");
  return Token(Secret(*value), expires_at);
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<Token> read_token_reply(int status, std::string_view body,
                               std::optional<std::chrono::seconds> retry_after) {
  Arena arena;
  boost::system::error_code broken;
  const json::value document = json::parse(body, broken, arena.get());
  const json::object* const object = broken ? nullptr : document.if_object();
  if (object == nullptr) return not_hubwarden(status, retry_after);
  if (status == 200) return read_token(*object);
  const auto code = code_named(text_at(*object, "error").value_or(""));
  if (!code) return not_hubwarden(status, retry_after);
  return std::unexpected(refusal(*code, *object, retry_after));
}

}  // namespace hubwarden::git_credential

#include "github/app_jwt.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace hubwarden::github {
namespace {

constexpr std::size_t kMaxClientId = 64;
constexpr std::string_view kHeader = R"({"alg":"RS256","typ":"JWT"})";

std::string seconds_text(TimePoint time) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

bool is_client_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxClientId && is_alnum(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

}  // namespace

Result<AppId> AppId::parse(std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_digit)) {
    const auto number = parse_number<std::int64_t>(text);
    if (number && *number > 0) return AppId(std::to_string(*number), true);
  } else if (is_client_id(text)) {
    return AppId(std::string(text), false);
  }
  return std::unexpected(
      Error(ErrorCode::kInvalidRequest, "not a GitHub App id or client id: \"" + printable(text, 80) + "\"")
          .with_fix(Fix::kOperator));
}

std::string app_jwt_claims(const AppId& app, TimePoint now) {
  const std::string issuer = app.is_number() ? app.text() : '"' + app.text() + '"';
  return R"({"iat":)" + seconds_text(now - kJwtBackdate) + R"(,"exp":)" + seconds_text(now + kJwtLife) +
         R"(,"iss":)" + issuer + "}";
}

Secret sign_app_jwt(const AppId& app, const crypto::RsaKey& key, TimePoint now) {
  std::string jwt = base64url(as_bytes(kHeader)) + "." + base64url(as_bytes(app_jwt_claims(app, now)));
  const std::string signature = key.sign_rs256(jwt);
  const std::string encoded = base64url(as_bytes(signature));
  std::string whole;
  whole.reserve(jwt.size() + 1 + encoded.size());
  whole.append(jwt).append(".").append(encoded);
  return Secret::absorb(whole);
}

AppJwtCache::AppJwtCache(AppId app, crypto::RsaKey key, const Clock& github_clock)
    : app_(std::move(app)), key_(std::move(key)), clock_(github_clock) {
}

Secret AppJwtCache::cached(TimePoint now) {
  const std::lock_guard lock(mutex_);
  // Also not when the clock was set back beyond `iat`.
  const bool is_current =
      !jwt_.empty() && now >= signed_at_ - kJwtBackdate && now < signed_at_ + kJwtLife - kJwtSpare;
  return is_current ? jwt_.clone() : Secret();
}

Secret AppJwtCache::current() {
  const TimePoint now = clock_.now();
  Secret jwt = cached(now);
  if (!jwt.empty()) return jwt;
  jwt = sign_app_jwt(app_, key_, now);
  const std::lock_guard lock(mutex_);
  jwt_ = jwt.clone();
  signed_at_ = now;
  return jwt;
}

void AppJwtCache::forget() {
  const std::lock_guard lock(mutex_);
  jwt_ = Secret();
}

}  // namespace hubwarden::github

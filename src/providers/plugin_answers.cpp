#include "providers/plugin_answers.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/token_text.h"

namespace hubwarden::providers {
namespace {

// Longer than any token of GitHub's, and what callers may report as refused.
// Of the calendar, in the year 2262.
constexpr std::int64_t kLastSecond =
    std::chrono::floor<std::chrono::seconds>(TimePoint::max().time_since_epoch()).count();

Error operators(std::string message) {
  return Error(ErrorCode::kUnavailable, std::move(message)).with_fix(Fix::kOperator);
}

std::string_view view(hubwarden_text text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

std::optional<Error> trouble(std::optional<Error> refused, int status, const hubwarden_error& said) {
  if (refused) return refused;
  return status == HUBWARDEN_OK ? std::nullopt : std::optional(error_of(status, said));
}

}  // namespace

Error error_of(int status, const hubwarden_error& said) {
  const std::string_view whole(said.message, sizeof said.message);
  std::string message = without_tokens(printable(whole.substr(0, whole.find('\0')), sizeof said.message));
  if (message.empty()) message = "it failed and did not say why";
  switch (status) {
    case HUBWARDEN_UNAVAILABLE: return Error(ErrorCode::kUnavailable, std::move(message));
    case HUBWARDEN_DECLINED: return Error(ErrorCode::kNotConfigured, std::move(message));
    case HUBWARDEN_FAILED: return operators(std::move(message));
    default: return operators("it returned the unknown status " + std::to_string(status) + ": " + message);
  }
}

EnvironmentAnswer::EnvironmentAnswer(BootEnvironment so_far)
    : environment_(std::move(so_far)), interface_{this, get, set, unset} {
}

hubwarden_text EnvironmentAnswer::get(const hubwarden_environment* environment,
                                      hubwarden_text name) noexcept {
  const auto& self = *static_cast<const EnvironmentAnswer*>(environment->host);
  const std::optional<std::string_view> value = self.environment_.find(view(name));
  if (!value) return {nullptr, 0};
  // An empty Secret has no bytes to point to, and is still set.
  return {value->data() == nullptr ? "" : value->data(), value->size()};
}

int EnvironmentAnswer::set(hubwarden_environment* environment, hubwarden_text name,
                           hubwarden_text value) noexcept {
  auto& self = *static_cast<EnvironmentAnswer*>(environment->host);
  // Before it is copied, because the size is the plugin's word.
  if (value.size > BootEnvironment::kMaxValue || name.size > BootEnvironment::kMaxName) {
    return self.refuse(operators("a variable's name or value is too long"));
  }
  const Result<> done = self.environment_.set(view(name), Secret(view(value)));
  return done ? static_cast<int>(HUBWARDEN_OK) : self.refuse(done.error());
}

int EnvironmentAnswer::unset(hubwarden_environment* environment, hubwarden_text name) noexcept {
  static_cast<EnvironmentAnswer*>(environment->host)->environment_.remove(view(name));
  return HUBWARDEN_OK;
}

int EnvironmentAnswer::refuse(const Error& error) {
  if (!refused_) refused_ = error;
  return HUBWARDEN_REFUSED;
}

Result<BootEnvironment> EnvironmentAnswer::finish(int status, const hubwarden_error& said) && {
  std::optional<Error> wrong = trouble(std::move(refused_), status, said);
  if (wrong) return std::unexpected(std::move(*wrong));
  return std::move(environment_);
}

TokenAnswer::TokenAnswer() : interface_{this, give} {
}

int TokenAnswer::give(hubwarden_token* answer, hubwarden_text token, std::int64_t expires_at) noexcept {
  return static_cast<TokenAnswer*>(answer->host)->take(view(token), expires_at);
}

int TokenAnswer::take(std::string_view token, std::int64_t expires_at) {
  if (token_) return refuse("it gave two tokens");
  if (!is_token_text(token)) {
    return refuse("its token is empty, longer than 8 KiB or has characters that no token has");
  }
  if (expires_at < 0 || (expires_at > kLastSecond && expires_at != HUBWARDEN_NEVER)) {
    return refuse("its token has no possible time of expiry");
  }
  const TimePoint ends =
      expires_at == HUBWARDEN_NEVER ? TimePoint::max() : TimePoint(std::chrono::seconds(expires_at));
  token_.emplace(Secret(token), ends);
  return HUBWARDEN_OK;
}

int TokenAnswer::refuse(const char* why) {
  if (!refused_) refused_ = operators(why);
  return HUBWARDEN_REFUSED;
}

Result<ProvidedToken> TokenAnswer::finish(int status, const hubwarden_error& said) && {
  std::optional<Error> wrong = trouble(std::move(refused_), status, said);
  if (wrong) return std::unexpected(std::move(*wrong));
  if (!token_) return std::unexpected(operators("it gave no token and no error"));
  return std::move(*token_);
}

}  // namespace hubwarden::providers

#pragma once

// The closed set of errors that hubwarden speaks, and `Result<T>`.
//
// GitHub's answers are classified into these codes once, in github/; the HTTP layer maps codes to statuses,
// once, in delivery/. An error is a value: its code says what the caller should do.
//
//   Result<Owner> owner = Owner::parse(text);
//   if (!owner) return std::unexpected(owner.error());

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hubwarden {

enum class ErrorCode {
  kInvalidRequest,
  kUnauthenticated,
  kForbidden,
  kOperationNotAllowed,
  kPermissionNotGranted,
  kNotFound,
  kNotConfigured,
  kAppNotInstalled,
  kConflict,
  kGone,
  kTooLarge,
  kUnsupportedMediaType,
  kBudgetExceeded,
  kRateLimited,
  kInstallationSuspended,
  kUpstreamAuth,
  kUpstreamProtocol,
  kUpstreamUnavailable,
  kUpstreamTimeout,
  kBlocked,
  kUnavailable,
  kInternal,
};

// Who can put it right.
enum class Fix { kCaller, kOperator, kGitHub, kWait };

// Whose limit was hit, for `rate_limited` alone.
enum class Limit { kPrimary, kSecondary, kCaller };

std::string_view to_string(ErrorCode code);  // "rate_limited"
std::string_view to_string(Fix fix);         // "wait"
std::string_view to_string(Limit limit);     // "primary"
Fix default_fix(ErrorCode code);

// `message` is hubwarden's own sentence; `detail` is what the other side said. Neither ever holds a secret.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message)
      : code_(code), fix_(default_fix(code)), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  Fix fix() const { return fix_; }
  const std::string& message() const { return message_; }
  const std::string& detail() const { return detail_; }
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }
  std::optional<int> upstream_status() const { return upstream_status_; }
  std::optional<Limit> limit() const { return limit_; }
  // Of a request to another server: certainly nothing of it went out, so even a write may be tried again.
  bool never_sent() const { return never_sent_; }
  // GitHub refused the App's JWT for its times alone: a clock is wrong, not a key.
  bool blames_clock() const { return blames_clock_; }

  // Control characters are dropped and the text is cut at kMaxDetail bytes: it comes from outside.
  Error with_detail(std::string_view detail) &&;
  Error with_fix(Fix fix) &&;
  Error with_retry_after(std::chrono::seconds wait) &&;
  Error with_upstream_status(int status) &&;
  Error with_limit(Limit limit) &&;
  Error with_never_sent() &&;
  Error with_blamed_clock() &&;

  static constexpr std::size_t kMaxDetail = 500;

 private:
  ErrorCode code_;
  Fix fix_;
  std::string message_;
  std::string detail_;
  std::optional<std::chrono::seconds> retry_after_;
  std::optional<int> upstream_status_;
  std::optional<Limit> limit_;
  bool never_sent_ = false;
  bool blames_clock_ = false;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}

}  // namespace hubwarden

#include "base/error.h"

#include "base/check.h"
#include "base/text.h"

namespace hubwarden {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidRequest: return "invalid_request";
    case ErrorCode::kUnauthenticated: return "unauthenticated";
    case ErrorCode::kForbidden: return "forbidden";
    case ErrorCode::kOperationNotAllowed: return "operation_not_allowed";
    case ErrorCode::kPermissionNotGranted: return "permission_not_granted";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kNotConfigured: return "not_configured";
    case ErrorCode::kAppNotInstalled: return "app_not_installed";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kGone: return "gone";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kUnsupportedMediaType: return "unsupported_media_type";
    case ErrorCode::kBudgetExceeded: return "budget_exceeded";
    case ErrorCode::kRateLimited: return "rate_limited";
    case ErrorCode::kInstallationSuspended: return "installation_suspended";
    case ErrorCode::kUpstreamAuth: return "upstream_auth";
    case ErrorCode::kUpstreamProtocol: return "upstream_protocol";
    case ErrorCode::kUpstreamUnavailable: return "upstream_unavailable";
    case ErrorCode::kUpstreamTimeout: return "upstream_timeout";
    case ErrorCode::kBlocked: return "blocked";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kInternal: return "internal";
  }
  HW_CHECK(false);
}

std::string_view to_string(Fix fix) {
  switch (fix) {
    case Fix::kCaller: return "caller";
    case Fix::kOperator: return "operator";
    case Fix::kGitHub: return "github";
    case Fix::kWait: return "wait";
  }
  HW_CHECK(false);
}

std::string_view to_string(Limit limit) {
  switch (limit) {
    case Limit::kPrimary: return "primary";
    case Limit::kSecondary: return "secondary";
    case Limit::kCaller: return "caller";
  }
  HW_CHECK(false);
}

Fix default_fix(ErrorCode code) {
  switch (code) {
    case ErrorCode::kPermissionNotGranted:
    case ErrorCode::kNotConfigured:
    case ErrorCode::kAppNotInstalled:
    case ErrorCode::kInstallationSuspended:
    case ErrorCode::kUpstreamAuth:
    case ErrorCode::kInternal: return Fix::kOperator;
    case ErrorCode::kUpstreamProtocol:
    case ErrorCode::kBlocked: return Fix::kGitHub;
    case ErrorCode::kBudgetExceeded:
    case ErrorCode::kRateLimited:
    case ErrorCode::kUpstreamUnavailable:
    case ErrorCode::kUpstreamTimeout:
    case ErrorCode::kUnavailable: return Fix::kWait;
    default: return Fix::kCaller;
  }
}

Error Error::with_detail(std::string_view detail) && {
  detail_ = printable(detail, kMaxDetail);
  return std::move(*this);
}

Error Error::with_fix(Fix fix) && {
  fix_ = fix;
  return std::move(*this);
}

Error Error::with_retry_after(std::chrono::seconds wait) && {
  retry_after_ = wait;
  return std::move(*this);
}

Error Error::with_upstream_status(int status) && {
  upstream_status_ = status;
  return std::move(*this);
}

Error Error::with_limit(Limit limit) && {
  limit_ = limit;
  return std::move(*this);
}

Error Error::with_never_sent() && {
  never_sent_ = true;
  return std::move(*this);
}

Error Error::with_blamed_clock() && {
  blames_clock_ = true;
  return std::move(*this);
}

}  // namespace hubwarden

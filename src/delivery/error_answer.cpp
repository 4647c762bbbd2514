#include "delivery/error_answer.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.h"

namespace hubwarden::delivery {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidRequest: return 400;
    case ErrorCode::kUnauthenticated: return 401;
    case ErrorCode::kForbidden:
    case ErrorCode::kOperationNotAllowed:
    case ErrorCode::kPermissionNotGranted: return 403;
    case ErrorCode::kNotFound:
    case ErrorCode::kNotConfigured:
    case ErrorCode::kAppNotInstalled: return 404;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kGone: return 410;
    case ErrorCode::kTooLarge: return 413;
    case ErrorCode::kUnsupportedMediaType: return 415;
    case ErrorCode::kBudgetExceeded:
    case ErrorCode::kRateLimited: return 429;
    case ErrorCode::kBlocked: return 451;
    case ErrorCode::kInternal: return 500;
    case ErrorCode::kUpstreamAuth:
    case ErrorCode::kUpstreamProtocol: return 502;
    case ErrorCode::kInstallationSuspended:
    case ErrorCode::kUpstreamUnavailable:
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kUpstreamTimeout: return 504;
  }
  HW_CHECK(false);
}

int token_status_of(const Error& error) {
  // GitHub's refusal is never shown as one of the caller's doing, though they share a code.
  if (error.upstream_status()) return 500;
  if (error.limit() == Limit::kCaller) return status_of(error.code());
  switch (error.code()) {
    case ErrorCode::kInvalidRequest:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kForbidden:
    case ErrorCode::kNotConfigured:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupportedMediaType:
    case ErrorCode::kBudgetExceeded: return status_of(error.code());
    default: return 500;
  }
}

http::Response error_answer(const Error& error, int status, std::string_view request_id) {
  boost::json::object body;
  body["error"] = to_string(error.code());
  body["message"] = error.message();
  if (!error.detail().empty()) body["detail"] = error.detail();
  body["fix"] = to_string(error.fix());
  if (error.limit()) body["limit"] = to_string(*error.limit());
  if (error.retry_after()) body["retry_after"] = error.retry_after()->count();
  if (error.upstream_status()) body["upstream_status"] = *error.upstream_status();
  body["request_id"] = request_id;

  http::Response response(status, "application/json", boost::json::serialize(body) + "\n");
  response.fields().add("Cache-Control", "no-store");
  if (error.retry_after()) {
    response.fields().add("Retry-After", std::to_string(error.retry_after()->count()));
  }
  if (status == 401) response.fields().add("WWW-Authenticate", "Bearer realm=\"hubwarden\"");
  return response;
}

http::Response error_answer(const Error& error, std::string_view request_id) {
  return error_answer(error, status_of(error.code()), request_id);
}

}  // namespace hubwarden::delivery

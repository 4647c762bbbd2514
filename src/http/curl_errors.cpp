#include "http/curl_errors.h"

namespace hubwarden::http {
namespace {

constexpr long kOk = 200;
constexpr long kRedirect = 300;

Error unavailable(std::string message) {
  return Error(ErrorCode::kUpstreamUnavailable, std::move(message));
}

Error broken(std::string message) {
  return Error(ErrorCode::kUpstreamProtocol, std::move(message));
}

Error timed_out(const CurlFailure& failure) {
  if (failure.deadline_passed) {
    return Error(ErrorCode::kUpstreamTimeout, "no answer from " + failure.host + " before the deadline");
  }
  if (!failure.maybe_sent) return unavailable("cannot connect to " + failure.host + " in time");
  return Error(ErrorCode::kUpstreamTimeout, "nothing came from " + failure.host + " for too long");
}

Error connection_lost(const CurlFailure& failure) {
  if (failure.head_complete) return broken("the answer of " + failure.host + " was cut off");
  if (failure.proxy_status != 0 && (failure.proxy_status < kOk || failure.proxy_status >= kRedirect)) {
    return unavailable("the proxy refuses the way to " + failure.host + " with " +
                       std::to_string(failure.proxy_status));
  }
  if (!failure.maybe_sent) return unavailable("the connection to " + failure.host + " failed");
  return unavailable(failure.host + " closed the connection without an answer");
}

Error classify(const CurlFailure& failure) {
  const std::string& host = failure.host;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST: return unavailable("cannot resolve " + host);
    case CURLE_COULDNT_RESOLVE_PROXY: return unavailable("cannot resolve the proxy on the way to " + host);
    case CURLE_COULDNT_CONNECT: return unavailable("cannot connect to " + host);
    case CURLE_PROXY: return unavailable("the proxy refuses the way to " + host);
    case CURLE_SSL_CACERT_BADFILE:
      return unavailable("TLS with " + host + " failed: the CA certificates cannot be read")
          .with_fix(Fix::kOperator);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return unavailable("TLS with " + host + " failed");
    case CURLE_OPERATION_TIMEDOUT: return timed_out(failure);
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return connection_lost(failure);
    case CURLE_PARTIAL_FILE: return broken("the answer of " + host + " was cut off");
    case CURLE_BAD_CONTENT_ENCODING: return broken("the answer of " + host + " cannot be unpacked");
    // libcurl has it that what does not begin like HTTP is HTTP/0.9, a protocol that is not allowed.
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WRITE_ERROR:
    case CURLE_WEIRD_SERVER_REPLY: return broken("the answer of " + host + " is not HTTP");
    case CURLE_URL_MALFORMAT: return Error(ErrorCode::kInvalidRequest, "the URL cannot be read");
    default:
      return Error(ErrorCode::kInternal, "the transfer with " + host + " failed with libcurl's code " +
                                             std::to_string(failure.code));
  }
}

}  // namespace

Error curl_error(const CurlFailure& failure) {
  // libcurl's text would show where on this machine the file was looked for.
  const bool shows_path = failure.code == CURLE_SSL_CACERT_BADFILE;
  Error error = classify(failure).with_detail(shows_path ? "" : failure.text);
  if (failure.maybe_sent) return error;
  return std::move(error).with_never_sent();
}

}  // namespace hubwarden::http

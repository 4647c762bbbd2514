#include "http/curl_errors.h"

#include <gtest/gtest.h>

#include <array>

namespace hubwarden::http {
namespace {

enum class When { kBefore, kSent, kHead, kDeadline };

struct Case {
  CURLcode curl;
  When when;
  ErrorCode code;
  std::string_view message;
};

constexpr auto kAway = ErrorCode::kUpstreamUnavailable;
constexpr auto kLate = ErrorCode::kUpstreamTimeout;
constexpr auto kBroken = ErrorCode::kUpstreamProtocol;

constexpr std::array<Case, 18> kCases = {{
    {CURLE_COULDNT_RESOLVE_HOST, When::kBefore, kAway, "cannot resolve a.test"},
    {CURLE_COULDNT_RESOLVE_PROXY, When::kBefore, kAway, "cannot resolve the proxy on the way to a.test"},
    {CURLE_COULDNT_CONNECT, When::kBefore, kAway, "cannot connect to a.test"},
    {CURLE_SSL_CONNECT_ERROR, When::kBefore, kAway, "TLS with a.test failed"},
    {CURLE_PEER_FAILED_VERIFICATION, When::kBefore, kAway, "TLS with a.test failed"},
    {CURLE_SSL_CACERT_BADFILE, When::kBefore, kAway,
     "TLS with a.test failed: the CA certificates cannot be read"},
    {CURLE_OPERATION_TIMEDOUT, When::kBefore, kAway, "cannot connect to a.test in time"},
    {CURLE_OPERATION_TIMEDOUT, When::kSent, kLate, "nothing came from a.test for too long"},
    {CURLE_OPERATION_TIMEDOUT, When::kDeadline, kLate, "no answer from a.test before the deadline"},
    {CURLE_RECV_ERROR, When::kBefore, kAway, "the connection to a.test failed"},
    {CURLE_RECV_ERROR, When::kSent, kAway, "a.test closed the connection without an answer"},
    {CURLE_RECV_ERROR, When::kHead, kBroken, "the answer of a.test was cut off"},
    {CURLE_HTTP2_STREAM, When::kSent, kAway, "a.test closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, When::kHead, kBroken, "the answer of a.test was cut off"},
    {CURLE_BAD_CONTENT_ENCODING, When::kHead, kBroken, "the answer of a.test cannot be unpacked"},
    {CURLE_UNSUPPORTED_PROTOCOL, When::kSent, kBroken, "the answer of a.test is not HTTP"},
    {CURLE_URL_MALFORMAT, When::kBefore, ErrorCode::kInvalidRequest, "the URL cannot be read"},
    {CURLE_READ_ERROR, When::kSent, ErrorCode::kInternal,
     "the transfer with a.test failed with libcurl's code 26"},
}};

TEST(CurlErrors, SaysWhatFailedAndWhere) {
  for (const Case& one : kCases) {
    CurlFailure failure(one.curl, "a.test");
    failure.maybe_sent = one.when != When::kBefore;
    failure.head_complete = one.when == When::kHead;
    failure.deadline_passed = one.when == When::kDeadline;
    const Error error = curl_error(failure);
    EXPECT_EQ(error.code(), one.code) << one.message;
    EXPECT_EQ(error.message(), one.message);
    EXPECT_EQ(error.never_sent(), one.when == When::kBefore) << one.message;
  }
}

TEST(CurlErrors, NamesTheProxysAnswer) {
  CurlFailure failure(CURLE_RECV_ERROR, "a.test");
  failure.proxy_status = 407;
  EXPECT_EQ(curl_error(failure).message(), "the proxy refuses the way to a.test with 407");
}

}  // namespace
}  // namespace hubwarden::http

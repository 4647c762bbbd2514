#pragma once

// The settings of a libcurl handle that do not depend on what is being sent: TLS, proxy, protocols,
// deadlines.

#include <curl/curl.h>

#include <chrono>

#include "base/check.h"
#include "http/curl_options.h"
#include "http/url.h"

namespace hubwarden::http {

// Settings fail when memory is short or when libcurl was built without them; neither is input.
template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  HW_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

void set_protocol(CURL* easy);
void set_tls(CURL* easy, const CurlTls& tls);
void set_proxy(CURL* easy, const CurlProxy& proxy, const Url& url);
// `timeout` for the whole exchange; more than libcurl can count is none.
void set_times(CURL* easy, const CurlOptions& options, std::chrono::milliseconds timeout);

}  // namespace hubwarden::http

#pragma once

// libcurl's failures in hubwarden's words.

#include <curl/curl.h>

#include <string>

#include "base/error.h"

namespace hubwarden::http {

struct CurlFailure {
  CurlFailure(CURLcode code_, std::string host_) : code(code_), host(std::move(host_)) {}

  CURLcode code;
  std::string host;            // with its port where that is unusual
  std::string text;            // libcurl's own, for the error's detail
  long proxy_status = 0;       // a proxy's answer to CONNECT, 0 for none
  bool maybe_sent = false;     // something of the request may have gone out
  bool head_complete = false;  // the answer's head has arrived
  bool deadline_passed = false;
};

Error curl_error(const CurlFailure& failure);

}  // namespace hubwarden::http

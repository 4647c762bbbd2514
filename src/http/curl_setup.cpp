#include "http/curl_setup.h"

#include <algorithm>
#include <limits>

namespace hubwarden::http {

void set_protocol(CURL* easy) {
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  // What was authorised is what is sent, dots included.
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // Else a transfer that is given up during its look-up holds the loop until the look-up has ended.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
}

void set_tls(CURL* easy, const CurlTls& tls) {
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // libcurl keeps the certificates of a file between handshakes, but only when there is no directory as well.
  const char* directory = tls.ca_dir.empty() ? nullptr : tls.ca_dir.c_str();
  set(easy, CURLOPT_CAPATH, directory);
  set(easy, CURLOPT_PROXY_CAPATH, directory);
  if (tls.ca_file.empty() && tls.ca_dir.empty()) return;
  const char* file = tls.ca_file.empty() ? nullptr : tls.ca_file.c_str();
  set(easy, CURLOPT_CAINFO, file);
  set(easy, CURLOPT_PROXY_CAINFO, file);
}

void set_proxy(CURL* easy, const CurlProxy& proxy, const Url& url) {
  // Set even when empty: without them libcurl looks into the environment.
  std::string address((url.is_https() ? proxy.https : proxy.http).reveal());
  set(easy, CURLOPT_PROXY, address.c_str());
  set(easy, CURLOPT_NOPROXY, proxy.no_proxy.c_str());
  wipe(address);
}

void set_times(CURL* easy, const CurlOptions& options, std::chrono::milliseconds timeout) {
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
  // libcurl counts in int. 0 would be no timeout at all.
  const auto count = timeout.count();
  if (count <= std::numeric_limits<int>::max()) {
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<decltype(count)>(count, 1)));
  }
}

}  // namespace hubwarden::http

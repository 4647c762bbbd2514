#pragma once

// What the outbound client is given once, and the reasons for its bounds.

#include <chrono>
#include <cstddef>
#include <string>

#include "base/secret.h"

namespace hubwarden::http {

// Certificates are always verified, with TLS 1.2 or later.
struct CurlTls {
  // One or both take the place of the system's. A file is read once a day, a hashed directory at each
  // handshake.
  std::string ca_file;
  std::string ca_dir;
};

// As in HTTPS_PROXY, HTTP_PROXY and NO_PROXY: whole URLs, which may hold a password; none when empty.
struct CurlProxy {
  CurlProxy() = default;
  Secret https;
  Secret http;
  std::string no_proxy;
};

struct CurlOptions {
  CurlOptions();

  CurlTls tls;
  CurlProxy proxy;
  std::string user_agent;  // "hubwarden/<version>"

  // Look-up, TCP and TLS together; GitHub needs a tenth of a second.
  std::chrono::milliseconds connect_timeout{10'000};
  // A transfer in which no byte has moved for so long has failed, whatever its deadline. GitHub itself gives
  // up on a request after 10 s.
  std::chrono::seconds stall_timeout{60};
  // The longest wait in the queue, for requests whose own deadline is later.
  std::chrono::milliseconds queue_timeout{30'000};
  // GitHub's header blocks have 3 to 6 KiB.
  std::size_t max_header_block = 64 << 10;
  // Per loop. GitHub asks for no more than 100 requests at once; the rest is for other hosts and long
  // streams.
  std::size_t max_transfers = 256;
  // Per loop. At 10 ms per request and 256 at once these are answered in 40 ms.
  std::size_t max_waiting = 1024;
};

}  // namespace hubwarden::http

#pragma once

// A request's header lines as libcurl wants them, in memory of our own: the line with the secret is wiped
// when this goes, which must be after the transfer.

#include <curl/curl.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "http/client.h"

namespace hubwarden::http {

class RequestLines {
 public:
  // Of a request whose fields are checked.
  static RequestLines from(const ClientRequest& request);

  RequestLines(RequestLines&&) = default;
  RequestLines& operator=(RequestLines&&) = default;
  ~RequestLines();

  curl_slist* list() { return nodes_.empty() ? nullptr : nodes_.data(); }

 private:
  RequestLines() = default;
  void link();

  // Texts with their NUL; not std::string, whose short form would move with the vector.
  std::vector<std::vector<char>> lines_;
  std::vector<curl_slist> nodes_;
};

}  // namespace hubwarden::http

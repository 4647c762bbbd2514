#pragma once

// The origin that redirects lead to: what codeload and blob storage are at GitHub. It knows no tokens, only
// signed addresses (file_links.h), and counts the credentials that arrive all the same.
//
//   Files files(github);
//   http::Server server(loops, files, …);   // on a port of its own
//   github.state().urls.files = "http://127.0.0.1:1234";
//
// Threads: the loop of its GitHub.

#include "http/handler.h"
#include "sandbox/github.h"

namespace hubwarden::sandbox {

class Files final : public http::Handler {
 public:
  explicit Files(GitHub& github) : github_(github) {}

  http::Reply handle(http::Request& request) override;

 private:
  net::Task<http::Response> pack(FileLink link);
  http::Response finish(http::Response answer);

  GitHub& github_;
};

}  // namespace hubwarden::sandbox

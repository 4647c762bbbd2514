#pragma once

// TLS for connections that we make, to servers whose certificate is checked.
//
//   Result<std::shared_ptr<TlsClient>> tls = TlsClient::load(TlsClientFiles());   // the system's authorities
//   std::unique_ptr<Stream> stream = (*tls)->make_stream(executor, std::move(socket), "redis.internal");
//
// TLS 1.2 and 1.3, the same suites as for incoming connections. Threads: from any; a stream belongs to its
// loop.

#include <memory>
#include <string>

#include "base/error.h"
#include "net/stream.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace hubwarden::net {

struct TlsClientFiles {
  TlsClientFiles() = default;
  std::string authorities;        // PEM; empty: the system's
  std::string certificate_chain;  // PEM, our own certificate; empty: none
  std::string private_key;        // PEM, not encrypted; with the certificate
};

class TlsClient {
 public:
  // `not_configured` names the file and the check that failed.
  static Result<std::shared_ptr<TlsClient>> load(const TlsClientFiles& files);

  // `name`: whose certificate the server has to show, a host's name or an address. Null when OpenSSL is out
  // of memory.
  std::unique_ptr<Stream> make_stream(const Executor& executor, UniqueFd socket, const std::string& name);

 private:
  explicit TlsClient(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}

  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace hubwarden::net

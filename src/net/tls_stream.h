#pragma once

// What TLS servers and clients have in common. Private to net/.

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "net/stream.h"

namespace hubwarden::net {

using ContextPtr = std::shared_ptr<SSL_CTX>;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

// Versions, cipher suites and buffers, for both sides.
Result<ContextPtr> make_tls_context(const SSL_METHOD* method);
// A certificate and its key, from PEM files.
Result<> use_certificate(SSL_CTX* context, const std::string& chain_file, const std::string& key_file);
// `not_configured`, with OpenSSL's reason.
std::unexpected<Error> fail_with_openssl(const std::string& what);

// `ssl` knows which side it is. Null when OpenSSL is out of memory.
std::unique_ptr<Stream> make_tls_stream(const Executor& executor, UniqueFd socket, SslPtr ssl);

}  // namespace hubwarden::net

#pragma once

// TLS for incoming connections: OpenSSL on the descriptor itself.
//
//   Result<std::shared_ptr<TlsServer>> tls = TlsServer::load(TlsFiles("chain.pem", "key.pem"));
//   std::unique_ptr<Stream> stream = (*tls)->make_stream(executor, std::move(socket));
//   Result<> changed = (*tls)->reload();      // the certificate was renewed
//
// TLS 1.2 and 1.3, forward secrecy and AEAD only, no renegotiation, no compression, ALPN http/1.1. An idle
// connection gives its record buffers back. Threads: all functions from any thread; a stream belongs to its
// loop.

#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "net/stream.h"

namespace hubwarden::net {

struct TlsFiles {
  TlsFiles(std::string certificate_chain_, std::string private_key_)
      : certificate_chain(std::move(certificate_chain_)), private_key(std::move(private_key_)) {}
  std::string certificate_chain;  // PEM, the server's own certificate first
  std::string private_key;        // PEM, not encrypted
};

class TlsServer {
 public:
  // `not_configured` names the file and the check that failed; never what stands in it.
  static Result<std::shared_ptr<TlsServer>> load(TlsFiles files);
  ~TlsServer();

  // Reads the files again. New connections use what they hold now; an error leaves everything as it was.
  Result<> reload();

  // Null when OpenSSL is out of memory.
  std::unique_ptr<Stream> make_stream(const Executor& executor, UniqueFd socket);

 private:
  class Contexts;
  TlsServer(TlsFiles files, std::unique_ptr<Contexts> contexts);

  TlsFiles files_;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace hubwarden::net

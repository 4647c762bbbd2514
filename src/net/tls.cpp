#include "net/tls.h"

#include "base/guarded.h"
#include "net/tls_stream.h"

namespace hubwarden::net {
namespace {

// One protocol is spoken. A client that offers others alone is served without ALPN, as one that offers none.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<ContextPtr> make_context(const TlsFiles& files) {
  Result<ContextPtr> context = make_tls_context(TLS_server_method());
  if (!context) return context;
  SSL_CTX_set_options(context->get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Resumption by tickets needs no memory here; a cache would.
  SSL_CTX_set_num_tickets(context->get(), 1);
  SSL_CTX_set_alpn_select_cb(context->get(), choose_protocol, nullptr);
  const Result<> used = use_certificate(context->get(), files.certificate_chain, files.private_key);
  if (!used) return std::unexpected(used.error());
  return context;
}

}  // namespace

// The context in use. A connection keeps the one that it began with.
class TlsServer::Contexts {
 public:
  explicit Contexts(ContextPtr first) : current_(std::move(first)) {}
  ContextPtr current() { return *current_.lock(); }
  void replace(ContextPtr next) { current_.lock()->swap(next); }

 private:
  Guarded<ContextPtr> current_;
};

TlsServer::TlsServer(TlsFiles files, std::unique_ptr<Contexts> contexts)
    : files_(std::move(files)), contexts_(std::move(contexts)) {
}

TlsServer::~TlsServer() = default;

Result<std::shared_ptr<TlsServer>> TlsServer::load(TlsFiles files) {
  Result<ContextPtr> context = make_context(files);
  if (!context) return std::unexpected(context.error());
  auto contexts = std::make_unique<Contexts>(std::move(*context));
  return std::shared_ptr<TlsServer>(new TlsServer(std::move(files), std::move(contexts)));
}

Result<> TlsServer::reload() {
  Result<ContextPtr> context = make_context(files_);
  if (!context) return std::unexpected(context.error());
  contexts_->replace(std::move(*context));
  return {};
}

std::unique_ptr<Stream> TlsServer::make_stream(const Executor& executor, UniqueFd socket) {
  SslPtr ssl(SSL_new(contexts_->current().get()));
  if (ssl != nullptr) SSL_set_accept_state(ssl.get());
  return make_tls_stream(executor, std::move(socket), std::move(ssl));
}

}  // namespace hubwarden::net

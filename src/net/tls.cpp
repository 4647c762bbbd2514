#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "base/guarded.h"

namespace hubwarden::net {
namespace {

using ContextPtr = std::shared_ptr<SSL_CTX>;
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

// TLS 1.2: ECDHE with AEAD (RFC 9325, 4.2). TLS 1.3 has no others.
constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

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

// Without it OpenSSL asks the terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) {
  return 0;
}

std::unexpected<Error> fail_with_openssl(const std::string& what) {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(error);
  return fail(ErrorCode::kNotConfigured, what + ": " + (reason != nullptr ? reason : "unknown reason"));
}

void set_policy(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Idle connections keep no record buffers; a write that blocked may be repeated from another place.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Resumption by tickets needs no memory here; a cache would.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_password);
}

Result<ContextPtr> make_context(const TlsFiles& files) {
  ERR_clear_error();
  ContextPtr context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) return fail_with_openssl("cannot make a TLS context");
  set_policy(context.get());
  if (SSL_CTX_set_cipher_list(context.get(), kTls12Suites) != 1)
    return fail_with_openssl("TLS cipher suites");
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_chain.c_str()) != 1) {
    return fail_with_openssl("TLS certificate file '" + files.certificate_chain + "'");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail_with_openssl("TLS key file '" + files.private_key + "'");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return fail_with_openssl("TLS key and certificate do not belong together");
  }
  return context;
}

class TlsStream final : public Stream {
 public:
  TlsStream(const Executor& executor, UniqueFd socket, SslPtr ssl)
      : descriptor_(executor, std::move(socket)), ssl_(std::move(ssl)) {}

  Transfer handshake() override {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return {Transfer::kSome};
    return explain(result);
  }

  Transfer read(std::span<char> into) override {
    // Bytes that were decrypted already make no descriptor readable.
    if (!may_try()) return {Transfer::kBlocked, 0, want_};
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
    if (result == 1) return {Transfer::kSome, got};
    return explain(result);
  }

  Transfer write(std::span<const std::string_view> pieces) override {
    std::size_t total = 0;
    for (const std::string_view piece : pieces) {
      if (piece.empty()) continue;
      ERR_clear_error();
      std::size_t put = 0;
      const int result = SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &put);
      total += put;
      if (result != 1 && total == 0) return explain(result);
      if (put < piece.size()) break;
    }
    return {Transfer::kSome, total};
  }

  void end_writing() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get()) == 1 && !broken_) SSL_shutdown(ssl_.get());
    ::shutdown(descriptor_.fd(), SHUT_WR);
    ERR_clear_error();
  }

  Descriptor& descriptor() override { return descriptor_; }

 private:
  bool may_try() const { return SSL_pending(ssl_.get()) > 0 || descriptor_.maybe_ready(want_); }

  Transfer explain(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return blocked(Want::kRead);
      case SSL_ERROR_WANT_WRITE: return blocked(Want::kWrite);
      case SSL_ERROR_ZERO_RETURN: return {Transfer::kEnd};
      default: broken_ = true; return {Transfer::kFailed};
    }
  }

  Transfer blocked(Want want) {
    want_ = want;
    descriptor_.blocked(want);
    return {Transfer::kBlocked, 0, want};
  }

  Descriptor descriptor_;
  SslPtr ssl_;
  // What the last call that could not go on waits for.
  Want want_ = Want::kRead;
  // After a fatal error OpenSSL forbids SSL_shutdown.
  bool broken_ = false;
};

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
  if (ssl == nullptr || SSL_set_fd(ssl.get(), socket.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return std::make_unique<TlsStream>(executor, std::move(socket), std::move(ssl));
}

}  // namespace hubwarden::net

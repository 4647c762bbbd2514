#include "net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

namespace hubwarden::net {
namespace {

// TLS 1.2: ECDHE with AEAD (RFC 9325, 4.2). TLS 1.3 has no others.
constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// Without it OpenSSL asks the terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) {
  return 0;
}

class TlsStream final : public Stream {
 public:
  TlsStream(const Executor& executor, UniqueFd socket, SslPtr ssl)
      : descriptor_(executor, std::move(socket)), ssl_(std::move(ssl)) {}

  Transfer handshake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
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

  std::string why_failed() const override {
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
    const char* const reason = ERR_reason_error_string(failure_);
    return reason != nullptr ? reason : "";
  }

 private:
  bool may_try() const { return SSL_pending(ssl_.get()) > 0 || descriptor_.maybe_ready(want_); }

  Transfer explain(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return blocked(Want::kRead);
      case SSL_ERROR_WANT_WRITE: return blocked(Want::kWrite);
      case SSL_ERROR_ZERO_RETURN: return {Transfer::kEnd};
      default: return broken();
    }
  }

  Transfer broken() {
    broken_ = true;
    failure_ = ERR_peek_error();
    ERR_clear_error();
    return {Transfer::kFailed};
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
  unsigned long failure_ = 0;  // OpenSSL's
};

}  // namespace

std::unexpected<Error> fail_with_openssl(const std::string& what) {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(error);
  return fail(ErrorCode::kNotConfigured, what + ": " + (reason != nullptr ? reason : "unknown reason"));
}

Result<ContextPtr> make_tls_context(const SSL_METHOD* method) {
  ERR_clear_error();
  ContextPtr context(SSL_CTX_new(method), SSL_CTX_free);
  if (context == nullptr) return fail_with_openssl("cannot make a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Idle connections keep no record buffers; a write that blocked may be repeated from another place.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context.get(), no_password);
  if (SSL_CTX_set_cipher_list(context.get(), kTls12Suites) != 1) {
    return fail_with_openssl("TLS cipher suites");
  }
  return context;
}

Result<> use_certificate(SSL_CTX* context, const std::string& chain_file, const std::string& key_file) {
  if (SSL_CTX_use_certificate_chain_file(context, chain_file.c_str()) != 1) {
    return fail_with_openssl("TLS certificate file '" + chain_file + "'");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail_with_openssl("TLS key file '" + key_file + "'");
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return fail_with_openssl("TLS key and certificate do not belong together");
  }
  return {};
}

std::unique_ptr<Stream> make_tls_stream(const Executor& executor, UniqueFd socket, SslPtr ssl) {
  if (ssl == nullptr || SSL_set_fd(ssl.get(), socket.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return std::make_unique<TlsStream>(executor, std::move(socket), std::move(ssl));
}

}  // namespace hubwarden::net

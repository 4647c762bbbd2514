#include "net/tls_client.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <array>

#include "net/tls_stream.h"

namespace hubwarden::net {
namespace {

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  return inet_pton(AF_INET, name.c_str(), octets.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), octets.data()) == 1;
}

// An address is never sent as the server's name (RFC 6066, 3).
bool expect(SSL* ssl, const std::string& name) {
  if (is_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

Result<> trust(SSL_CTX* context, const std::string& authorities) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (authorities.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return fail_with_openssl("the system's certificate authorities");
  }
  if (SSL_CTX_load_verify_file(context, authorities.c_str()) == 1) return {};
  return fail_with_openssl("file of certificate authorities '" + authorities + "'");
}

}  // namespace

Result<std::shared_ptr<TlsClient>> TlsClient::load(const TlsClientFiles& files) {
  Result<ContextPtr> context = make_tls_context(TLS_client_method());
  if (!context) return std::unexpected(context.error());
  const Result<> trusted = trust(context->get(), files.authorities);
  if (!trusted) return std::unexpected(trusted.error());
  if (!files.certificate_chain.empty()) {
    const Result<> used = use_certificate(context->get(), files.certificate_chain, files.private_key);
    if (!used) return std::unexpected(used.error());
  }
  return std::shared_ptr<TlsClient>(new TlsClient(std::move(*context)));
}

std::unique_ptr<Stream> TlsClient::make_stream(const Executor& executor, UniqueFd socket,
                                               const std::string& name) {
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl == nullptr || !expect(ssl.get(), name)) return nullptr;
  SSL_set_connect_state(ssl.get());
  return make_tls_stream(executor, std::move(socket), std::move(ssl));
}

}  // namespace hubwarden::net

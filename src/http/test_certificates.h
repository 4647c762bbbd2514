#pragma once

// For tests: an authority and the certificates it signs, made on the fly.
//
//   const TestAuthority authority;
//   const TlsContext tls = authority.context({.names = "DNS:localhost"});
//   ScriptServer server(session, tls.get());
//   options.tls.ca_file = authority.file();

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/check.h"

namespace hubwarden::http::testing {

struct OpenSslDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TestKey = std::unique_ptr<EVP_PKEY, OpenSslDeleter>;
using TestCertificate = std::unique_ptr<X509, OpenSslDeleter>;
using TlsContext = std::unique_ptr<SSL_CTX, OpenSslDeleter>;

inline constexpr long kHour = 3600;

struct CertificateWish {
  std::string names = "DNS:localhost,IP:127.0.0.1";
  long not_before = -kHour;  // seconds from now
  long not_after = kHour;
  bool self_signed = false;
  int max_tls = TLS1_3_VERSION;
};

class TestAuthority {
 public:
  TestAuthority() : key_(EVP_EC_gen("P-256")), certificate_(make("CA:TRUE", {}, key_.get(), nullptr)) {
    char name[] = "/tmp/hubwarden-test-XXXXXX";
    HW_CHECK(mkdtemp(name) != nullptr);
    folder_ = name;
    file_ = folder_ + "/ca.pem";
    std::FILE* file = std::fopen(file_.c_str(), "w");
    HW_CHECK(file != nullptr && PEM_write_X509(file, certificate_.get()) == 1);
    std::fclose(file);
  }
  ~TestAuthority() { std::filesystem::remove_all(folder_); }
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  // Its own certificate, as PEM.
  const std::string& file() const { return file_; }
  // Where that is; goes with the authority, and everything in it.
  const std::string& folder() const { return folder_; }

  // A certificate for localhost and its key, for other programs: one file in folder().
  std::string write_server_file() const {
    const TestKey key(EVP_EC_gen("P-256"));
    const TestCertificate certificate = make("CA:FALSE", {}, key.get(), this);
    const std::string path = folder_ + "/server.pem";
    std::FILE* file = std::fopen(path.c_str(), "w");
    HW_CHECK(file != nullptr && PEM_write_X509(file, certificate.get()) == 1);
    HW_CHECK(PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::fclose(file);
    return path;
  }

  // A server's side with a certificate as wished.
  TlsContext context(const CertificateWish& wish) const {
    const TestKey key(EVP_EC_gen("P-256"));
    const TestAuthority* issuer = wish.self_signed ? nullptr : this;
    const TestCertificate certificate = make("CA:FALSE", wish, key.get(), issuer);
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), wish.max_tls);
    // TLS 1.1 signs with SHA-1, which OpenSSL allows on this level alone.
    SSL_CTX_set_security_level(context.get(), 0);
    HW_CHECK(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1);
    HW_CHECK(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
    return context;
  }

 private:
  static void extend(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    HW_CHECK(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }
  static TestCertificate make(const char* role, const CertificateWish& wish, EVP_PKEY* key,
                              const TestAuthority* issuer) {
    static long serial = 0;
    TestCertificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.not_before);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.not_after);
    X509_set_pubkey(made.get(), key);
    const std::string common = "hubwarden test " + std::to_string(serial);
    X509_NAME* name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    X509_set_issuer_name(made.get(),
                         issuer != nullptr ? X509_get_subject_name(issuer->certificate_.get()) : name);
    extend(made.get(), NID_basic_constraints, std::string("critical,") + role);
    extend(made.get(), NID_subject_alt_name, wish.names);
    HW_CHECK(X509_sign(made.get(), issuer != nullptr ? issuer->key_.get() : key, EVP_sha256()) > 0);
    return made;
  }

  TestKey key_;
  TestCertificate certificate_;
  std::string folder_;
  std::string file_;
};

}  // namespace hubwarden::http::testing

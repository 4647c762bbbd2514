#pragma once

// An RSA private key, as GitHub gives one to an App: read from PEM, checked once, then only signing.
//
//   Result<RsaKey> key = RsaKey::from_pem(Secret(text));
//   if (!key) …                                    // says which check failed, never what was in the text
//   const std::string signature = key->sign_rs256(message);
//   log(key->fingerprint());                       // compares with GitHub's "Private keys" page
//
// Immutable; its functions may be called from any thread at once.

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace hubwarden::crypto {

class RsaKey {
 public:
  // PKCS#1 ("BEGIN RSA PRIVATE KEY", what GitHub hands out) or PKCS#8 ("BEGIN PRIVATE KEY"), without a
  // passphrase, at least kMinBits. Line breaks written as the two characters `\n`, as environment variables
  // often carry them, are understood. `not_configured` for nothing at all, `invalid_request` (fix: operator)
  // for everything else.
  static Result<RsaKey> from_pem(const Secret& pem);

  // RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3), the raw octets. About 1.1 ms for 2048 bits: not for a
  // loop's thread.
  std::string sign_rs256(std::string_view message) const;

  // A secret for that purpose: the same wherever this key is held, however its PEM was written.
  Secret derive(std::string_view purpose) const;

  // "SHA256:" and the Base64 of the SHA-256 of the public key (DER, SubjectPublicKeyInfo). Not secret.
  const std::string& fingerprint() const { return fingerprint_; }

  static constexpr int kMinBits = 2048;
  static constexpr int kMaxBits = 8192;              // beyond, one signature takes tens of milliseconds
  static constexpr std::size_t kMaxPem = 16 * 1024;  // an 8192-bit key is 6.4 KiB

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;

  RsaKey(Handle key, std::string fingerprint) : key_(std::move(key)), fingerprint_(std::move(fingerprint)) {}
  static Result<Handle> decode(const Secret& pem);

  Handle key_;
  std::string fingerprint_;
};

}  // namespace hubwarden::crypto

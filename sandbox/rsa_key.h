#pragma once

// RSA keys of GitHub Apps: GitHub makes the pair, keeps the public half and hands the private half out once.

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

struct evp_pkey_st;

namespace hubwarden::sandbox {

// Cheap to copy: copies share the key.
class PublicKey {
 public:
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key);

  // "SHA256:<base64>" of the public key's DER form, as GitHub shows it on the App's page.
  const std::string& fingerprint() const { return fingerprint_; }
  // RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3).
  bool verifies_rs256(std::string_view text, std::string_view signature) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::string fingerprint_;
};

class KeyPair {
 public:
  // 2048 bits; takes some tens of milliseconds.
  static KeyPair generate();
  static Result<KeyPair> from_private_pem(std::string_view pem);

  const PublicKey& public_key() const { return public_; }
  // PKCS#1, "BEGIN RSA PRIVATE KEY", as GitHub's download.
  const Secret& private_pem() const { return private_pem_; }

 private:
  explicit KeyPair(std::shared_ptr<evp_pkey_st> key);

  PublicKey public_;
  Secret private_pem_;
};

std::string sha256(std::string_view bytes);

}  // namespace hubwarden::sandbox

#pragma once

// An App's private key for tests, as its PEM file would hold it: made once per process, in a tenth of a
// second.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include "base/check.h"

namespace hubwarden::test {

inline std::string make_rsa_pem() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  HW_CHECK(key && out);
  HW_CHECK(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

inline const std::string& rsa_pem() {
  static const std::string pem = make_rsa_pem();
  return pem;
}

}  // namespace hubwarden::test

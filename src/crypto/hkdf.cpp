#include "crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <string>

#include "base/check.h"

namespace hubwarden::crypto {
namespace {

using Context = std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)>;

Context make_context() {
  static EVP_KDF* const method = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr);
  HW_CHECK(method != nullptr);
  return Context(EVP_KDF_CTX_new(method), EVP_KDF_CTX_free);
}

// OpenSSL reads it only.
void* octets(std::string_view bytes) {
  return const_cast<char*>(bytes.data());
}

}  // namespace

Secret hkdf_sha256(const Secret& material, std::string_view salt, std::string_view info, std::size_t size) {
  HW_CHECK(!material.empty() && size <= kMaxDerived);
  char hash[] = "SHA256";
  const std::string_view key = material.reveal();
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, octets(key), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, octets(salt), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, octets(info), info.size()),
      OSSL_PARAM_construct_end(),
  };
  const Context context = make_context();
  HW_CHECK(context != nullptr);
  std::string derived(size, '\0');
  HW_CHECK(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(derived.data()), size, params) ==
           1);
  return Secret::absorb(derived);
}

}  // namespace hubwarden::crypto

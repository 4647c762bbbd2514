#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

#include "base/check.h"

namespace hubwarden::crypto {
namespace {

using HashContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Fetched once and kept for the life of the process: an implicit fetch in each call costs more than the hash
// itself.
const EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  HW_CHECK(method != nullptr);
  return method;
}

HashContext make_hash_context() {
  HashContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  HW_CHECK(context != nullptr);
  HW_CHECK(EVP_DigestInit_ex2(context.get(), sha256_method(), nullptr) == 1);
  return context;
}

// One for each thread: making a context costs more than the hash of a bearer. Finishing a hash
// wipes what was hashed.
EVP_MD_CTX* hash_context() {
  thread_local const HashContext context = make_hash_context();
  return context.get();
}

EVP_MAC* hmac_method() {
  static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  HW_CHECK(method != nullptr);
  return method;
}

unsigned char* octets(Digest& digest) {
  return reinterpret_cast<unsigned char*>(digest.data());
}

}  // namespace

Digest sha256(std::string_view bytes) {
  EVP_MD_CTX* const context = hash_context();
  Digest digest;
  unsigned size = 0;
  // Begins anew; to name the method again would make OpenSSL look for it again.
  HW_CHECK(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
  HW_CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
  HW_CHECK(EVP_DigestFinal_ex(context, octets(digest), &size) == 1);
  HW_CHECK(size == digest.size());
  return digest;
}

Digest hmac_sha256(const Secret& key, std::string_view message) {
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(hmac_method()),
                                                                          EVP_MAC_CTX_free);
  char hash[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
                               OSSL_PARAM_construct_end()};
  // A null key means "the key set before" to OpenSSL, so an empty one still needs an address.
  const char* key_bytes = key.empty() ? "" : key.reveal().data();
  const auto* octets_of_key = reinterpret_cast<const unsigned char*>(key_bytes);
  const auto* octets_of_message = reinterpret_cast<const unsigned char*>(message.data());
  Digest digest;
  std::size_t size = 0;
  HW_CHECK(context != nullptr);
  HW_CHECK(EVP_MAC_init(context.get(), octets_of_key, key.size(), params) == 1);
  HW_CHECK(EVP_MAC_update(context.get(), octets_of_message, message.size()) == 1);
  HW_CHECK(EVP_MAC_final(context.get(), octets(digest), &size, digest.size()) == 1);
  HW_CHECK(size == digest.size());
  return digest;
}

bool equal_in_constant_time(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace hubwarden::crypto

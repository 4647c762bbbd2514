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
  HmacSha256 hmac(key);
  hmac.add(message);
  return hmac.digest();
}

HmacSha256::HmacSha256(const Secret& key) : context_(EVP_MAC_CTX_new(hmac_method())) {
  char hash[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
                               OSSL_PARAM_construct_end()};
  // A null key means "the key set before" to OpenSSL, so an empty one still needs an address.
  const char* key_bytes = key.empty() ? "" : key.reveal().data();
  const auto* octets_of_key = reinterpret_cast<const unsigned char*>(key_bytes);
  HW_CHECK(context_ != nullptr);
  HW_CHECK(EVP_MAC_init(context_.get(), octets_of_key, key.size(), params) == 1);
}

void HmacSha256::add(std::string_view piece) {
  const auto* octets_of_piece = reinterpret_cast<const unsigned char*>(piece.data());
  HW_CHECK(EVP_MAC_update(context_.get(), octets_of_piece, piece.size()) == 1);
}

Digest HmacSha256::digest() {
  Digest digest;
  std::size_t size = 0;
  HW_CHECK(EVP_MAC_final(context_.get(), octets(digest), &size, digest.size()) == 1);
  HW_CHECK(size == digest.size());
  return digest;
}

void HmacSha256::Free::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

bool equal_in_constant_time(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace hubwarden::crypto

#include "crypto/ed25519_key.h"

#include <openssl/evp.h>

#include <utility>

#include "base/check.h"

namespace hubwarden::crypto {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

Ed25519Key Ed25519Key::from_seed(const Secret& seed) {
  HW_CHECK(seed.size() == kSeed);
  Handle key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, octets(seed.reveal()), seed.size()),
             EVP_PKEY_free);
  HW_CHECK(key != nullptr);
  std::string bytes(kSeed, '\0');
  std::size_t size = bytes.size();
  HW_CHECK(EVP_PKEY_get_raw_public_key(key.get(), octets(bytes), &size) == 1 && size == bytes.size());
  PublicKey public_key = PublicKey::ed25519(bytes).value();
  return {std::move(key), std::move(bytes), std::move(public_key)};
}

std::string Ed25519Key::sign(std::string_view message) const {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(kSignature, '\0');
  std::size_t size = signature.size();
  HW_CHECK(context != nullptr);
  HW_CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(), nullptr) ==
           1);
  HW_CHECK(EVP_DigestSign(context.get(), octets(signature), &size, octets(message), message.size()) == 1);
  HW_CHECK(size == kSignature);
  return signature;
}

}  // namespace hubwarden::crypto

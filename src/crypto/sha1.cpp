#include "crypto/sha1.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace hubwarden::crypto {

Sha1 sha1(std::string_view bytes) {
  Sha1 digest;
  std::size_t size = 0;
  auto* const octets = reinterpret_cast<unsigned char*>(digest.data());
  HW_CHECK(EVP_Q_digest(nullptr, "SHA1", nullptr, bytes.data(), bytes.size(), octets, &size) == 1);
  HW_CHECK(size == digest.size());
  return digest;
}

}  // namespace hubwarden::crypto

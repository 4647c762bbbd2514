#include "crypto/hkdf.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace hubwarden::crypto {
namespace {

std::string range(int first, int last) {
  std::string bytes;
  for (int byte = first; byte <= last; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

std::string derived(const std::string& material, const std::string& salt, const std::string& info,
                    std::size_t size) {
  const Secret key = hkdf_sha256(Secret(material), salt, info, size);
  return hex(std::as_bytes(std::span(key.reveal())));
}

// RFC 5869, appendix A, 1 to 3.
TEST(Hkdf, AgreesWithThePublishedVectors) {
  EXPECT_EQ(derived(std::string(22, '\x0b'), range(0, 0x0c), range(0xf0, 0xf9), 42),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(derived(range(0, 0x4f), range(0x60, 0xaf), range(0xb0, 0xff), 82),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(derived(std::string(22, '\x0b'), "", "", 42),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, GivesAnotherKeyForAnotherPurpose) {
  EXPECT_NE(derived("key", "", "one", 32), derived("key", "", "two", 32));
  EXPECT_NE(derived("key", "", "one", 32), derived("kez", "", "one", 32));
}

}  // namespace
}  // namespace hubwarden::crypto

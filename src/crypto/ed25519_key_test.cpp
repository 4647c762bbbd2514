#include "crypto/ed25519_key.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace hubwarden::crypto {
namespace {

std::string octets(std::string_view hex_text) {
  std::string bytes;
  for (std::size_t i = 0; i < hex_text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex_text.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// RFC 8032, 7.1, tests 1 and 2.
TEST(Ed25519Key, AgreesWithThePublishedVectors) {
  const struct {
    std::string_view seed, public_bytes, message, signature;
  } cases[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
       "d25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
       "387b2eaeb4302aeeb00d291612bb0c00"},
  };
  for (const auto& c : cases) {
    const Ed25519Key key = Ed25519Key::from_seed(Secret(octets(c.seed)));
    EXPECT_EQ(hex(as_bytes(key.public_bytes())), c.public_bytes);
    EXPECT_EQ(hex(as_bytes(key.sign(c.message))), c.signature);
    EXPECT_TRUE(key.public_key().verifies(SignatureAlgorithm::kEdDsa, c.message, key.sign(c.message)));
    EXPECT_FALSE(key.public_key().verifies(SignatureAlgorithm::kEdDsa, "other", key.sign(c.message)));
  }
}

}  // namespace
}  // namespace hubwarden::crypto

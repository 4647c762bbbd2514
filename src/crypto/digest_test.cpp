#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace hubwarden::crypto {
namespace {

TEST(Sha256, AgreesWithThePublishedVectors) {
  const struct {
    std::string message, digest;
  } cases[] = {
      // FIPS 180-2, appendix B
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& c : cases) EXPECT_EQ(hex(sha256(c.message)), c.digest) << c.message.size();
}

TEST(HmacSha256, AgreesWithThePublishedVectors) {
  const struct {
    std::string key, message, digest;
  } cases[] = {
      // GitHub's own example for webhook signatures.
      {"It's a Secret to Everybody", "Hello, World!",
       "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
      // RFC 4231, cases 1 and 6 (a key longer than a block).
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
  };
  for (const auto& c : cases) EXPECT_EQ(hex(hmac_sha256(Secret(c.key), c.message)), c.digest);
}

TEST(HmacSha256, TakesAMessageInPieces) {
  const Secret key("key");
  HmacSha256 hmac(key);
  for (const std::string_view piece : {"Hel", "", "lo, ", "World!"}) hmac.add(piece);
  EXPECT_EQ(hmac.digest(), hmac_sha256(key, "Hello, World!"));
}

TEST(Digest, IsEqualToItselfAlone) {
  const Digest one = sha256("one");
  Digest other = one;
  EXPECT_TRUE(equal_in_constant_time(one, other));
  other.back() ^= std::byte{1};
  EXPECT_FALSE(equal_in_constant_time(one, other));
}

}  // namespace
}  // namespace hubwarden::crypto

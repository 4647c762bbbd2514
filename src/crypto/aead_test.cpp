#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace hubwarden::crypto {
namespace {

constexpr AeadKey::Nonce kNonce{};

AeadKey key_of(char filling) {
  return AeadKey(Secret(std::string(AeadKey::kSize, filling)));
}

std::string as_hex(std::string_view bytes) {
  return hex(std::as_bytes(std::span(bytes)));
}

// The algorithm's own test cases 13 and 14 (McGrew and Viega, "The Galois/Counter Mode of Operation").
TEST(Aead, AgreesWithThePublishedVectors) {
  const AeadKey zero = key_of('\0');
  EXPECT_EQ(as_hex(zero.seal(kNonce, "", "")), "530f8afbc74536b9a963b4f1c4cb738b");
  EXPECT_EQ(as_hex(zero.seal(kNonce, std::string(16, '\0'), "")),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Aead, OpensWhatItSealed) {
  for (const std::string text : {"", "a", "a text that is longer than one block of the cipher"}) {
    const std::string sealed = key_of('k').seal(kNonce, text, "place");
    const std::optional<Secret> opened = key_of('k').open(kNonce, sealed, "place");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), text);
  }
}

TEST(Aead, OpensNothingElse) {
  const std::string sealed = key_of('k').seal(kNonce, "text", "place");
  AeadKey::Nonce other = kNonce;
  other.front() = std::byte{1};
  EXPECT_FALSE(key_of('l').open(kNonce, sealed, "place"));
  EXPECT_FALSE(key_of('k').open(other, sealed, "place"));
  EXPECT_FALSE(key_of('k').open(kNonce, sealed, "other place"));
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(key_of('k').open(kNonce, sealed.substr(0, size), "place")) << size;
  }
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(key_of('k').open(kNonce, changed, "place")) << bit;
  }
}

TEST(Aead, DrawsEachNonceAnew) {
  SeededRandom random(1);
  EXPECT_NE(AeadKey::make_nonce(random), AeadKey::make_nonce(random));
}

}  // namespace
}  // namespace hubwarden::crypto

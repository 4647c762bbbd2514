#include "crypto/public_key.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/test_signer.h"

namespace hubwarden::crypto {
namespace {

using testing::TestSigner;

constexpr SignatureAlgorithm kAll[] = {
    SignatureAlgorithm::kRs256, SignatureAlgorithm::kRs384, SignatureAlgorithm::kRs512,
    SignatureAlgorithm::kPs256, SignatureAlgorithm::kPs384, SignatureAlgorithm::kPs512,
    SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384, SignatureAlgorithm::kEdDsa};
constexpr std::string_view kMessage = "a message";

Result<PublicKey> public_half(const TestSigner& signer) {
  switch (signer.type()) {
    case KeyType::kRsa: return PublicKey::rsa(signer.modulus(), signer.exponent());
    case KeyType::kEd25519: return PublicKey::ed25519(signer.x());
    default: return PublicKey::elliptic(signer.type(), signer.x(), signer.y());
  }
}

TEST(PublicKey, VerifiesWhatTheOtherHalfSignedAndNothingElse) {
  for (const SignatureAlgorithm algorithm : kAll) {
    const TestSigner& signer = TestSigner::of(key_type_of(algorithm));
    const Result<PublicKey> key = public_half(signer);
    ASSERT_TRUE(key) << key.error().message();
    const std::string signature = signer.sign(algorithm, kMessage);
    EXPECT_TRUE(key->verifies(algorithm, kMessage, signature));
    EXPECT_FALSE(key->verifies(algorithm, "a Message", signature));
    EXPECT_FALSE(key->verifies(algorithm, kMessage, ""));
    EXPECT_FALSE(key->verifies(algorithm, kMessage, signature + '\0'));
    EXPECT_FALSE(key->verifies(algorithm, kMessage, signature.substr(1)));
    EXPECT_FALSE(key->verifies(algorithm, kMessage, std::string(signature.size(), '\0')));
    for (std::size_t at = 0; at < signature.size(); ++at) {
      std::string changed = signature;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      EXPECT_FALSE(key->verifies(algorithm, kMessage, changed)) << at;
    }
  }
}

TEST(PublicKey, TakesNoAlgorithmForAnother) {
  for (const SignatureAlgorithm signed_with : kAll) {
    const TestSigner& signer = TestSigner::of(key_type_of(signed_with));
    const std::string signature = signer.sign(signed_with, kMessage);
    for (const SignatureAlgorithm claimed : kAll) {
      for (const SignatureAlgorithm owner : kAll) {
        const Result<PublicKey> key = public_half(TestSigner::of(key_type_of(owner)));
        const bool is_right = claimed == signed_with && key->type() == signer.type();
        EXPECT_EQ(key->verifies(claimed, kMessage, signature), is_right);
      }
    }
  }
}

TEST(PublicKey, RefusesRsaKeysThatAreNone) {
  const TestSigner& signer = TestSigner::of(KeyType::kRsa);
  const std::string modulus = signer.modulus();
  std::string even = modulus;
  even.back() = static_cast<char>(even.back() & ~1);
  const TestSigner weak(KeyType::kRsa, 1024);
  const struct {
    std::string modulus, exponent;
  } cases[] = {
      {"", signer.exponent()},
      {modulus, ""},
      {modulus, std::string(1, '\1')},
      {modulus, std::string(4, '\0')},
      {modulus, std::string(1, '\2')},
      {modulus, std::string(5, '\3')},
      {even, signer.exponent()},
      {std::string(256, '\0'), signer.exponent()},
      {std::string(1025, '\x7f'), signer.exponent()},
      {weak.modulus(), weak.exponent()},
  };
  for (const auto& c : cases) EXPECT_FALSE(PublicKey::rsa(c.modulus, c.exponent));
  EXPECT_TRUE(PublicKey::rsa(std::string(1, '\0') + modulus, signer.exponent())) << "with a zero in front";
}

TEST(PublicKey, RefusesPointsThatAreOnNoCurve) {
  for (const KeyType type : {KeyType::kP256, KeyType::kP384}) {
    const TestSigner& signer = TestSigner::of(type);
    const std::string x = signer.x();
    const std::string y = signer.y();
    const std::string zero(x.size(), '\0');
    std::string off = y;
    off.back() = static_cast<char>(off.back() ^ 1);
    EXPECT_FALSE(PublicKey::elliptic(type, x, off));
    EXPECT_FALSE(PublicKey::elliptic(type, zero, zero)) << "the point at infinity has no such form";
    EXPECT_FALSE(PublicKey::elliptic(type, std::string(x.size(), '\xff'), y));
    EXPECT_FALSE(PublicKey::elliptic(type, x.substr(1), y));
    EXPECT_FALSE(PublicKey::elliptic(type, x, y + '\0'));
    const KeyType other = type == KeyType::kP256 ? KeyType::kP384 : KeyType::kP256;
    EXPECT_FALSE(PublicKey::elliptic(other, x, y));
  }
}

TEST(PublicKey, RefusesEd25519KeysOfAnotherLength) {
  const std::string x = TestSigner::of(KeyType::kEd25519).x();
  EXPECT_FALSE(PublicKey::ed25519(""));
  EXPECT_FALSE(PublicKey::ed25519(x.substr(1)));
  EXPECT_FALSE(PublicKey::ed25519(x + '\0'));
}

// RFC 8032, 7.1, test 2.
TEST(PublicKey, AgreesWithAPublishedVector) {
  const auto octets = [](std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
  };
  const Result<PublicKey> key =
      PublicKey::ed25519(octets("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->verifies(SignatureAlgorithm::kEdDsa, "\x72",
                            octets("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                   "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")));
}

}  // namespace
}  // namespace hubwarden::crypto

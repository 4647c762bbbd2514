#include "crypto/rsa_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "crypto/digest.h"

namespace hubwarden::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Key = std::shared_ptr<EVP_PKEY>;

Key rsa(unsigned bits) {
  return {EVP_RSA_gen(bits), EVP_PKEY_free};
}

// Made once: generating takes a tenth of a second and more.
const Key& good_key() {
  static const Key key = rsa(2048);
  return key;
}

std::string written(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  EXPECT_EQ(write(bio.get()), 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pkcs1(const Key& key) {
  return written([&](BIO* out) {
    return PEM_write_bio_PrivateKey_traditional(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string pkcs8(const Key& key) {
  return written([&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string encrypted_pkcs1(const Key& key) {
  return written([&](BIO* out) {
    char pass[] = "pass";
    return PEM_write_bio_PrivateKey_traditional(out, key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, pass);
  });
}

std::string encrypted_pkcs8(const Key& key) {
  return written([&](BIO* out) {
    char pass[] = "pass";
    return PEM_write_bio_PKCS8PrivateKey(out, key.get(), EVP_aes_128_cbc(), pass, 4, nullptr, nullptr);
  });
}

std::string public_key(const Key& key) {
  return written([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); });
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// PKCS#1 that decodes, with bytes changed in the coefficient and twice in the private exponent: OpenSSL falls
// back from a broken coefficient to the exponent.
std::string mismatched() {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(good_key().get(), &der);
  std::string der_text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  for (const std::size_t from_end : {9U, 700U, 850U}) {
    char& byte = der_text[der_text.size() - from_end];
    byte = static_cast<char>(byte ^ 0x55);
  }
  return "-----BEGIN RSA PRIVATE KEY-----\n" + base64(as_bytes(der_text)) +
         "\n-----END RSA PRIVATE KEY-----\n";
}

bool verifies(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(message.data()),
                          message.size()) == 1;
}

TEST(RsaKey, IsReadFromEveryFormThatPeopleHave) {
  const struct {
    std::string_view name;
    std::string pem;
  } cases[] = {
      {"PKCS#1, as GitHub gives it", pkcs1(good_key())},
      {"PKCS#8", pkcs8(good_key())},
      {"CRLF", replaced(pkcs1(good_key()), "\n", "\r\n")},
      {"escaped line breaks", replaced(pkcs1(good_key()), "\n", "\\n")},
      {"text before and after", "my app's key\n" + pkcs8(good_key()) + "\n\n"},
  };
  for (const auto& c : cases) {
    const Result<RsaKey> key = RsaKey::from_pem(Secret(c.pem));
    ASSERT_TRUE(key.has_value()) << c.name << ": " << key.error().message();
    EXPECT_TRUE(verifies(good_key().get(), "message", key->sign_rs256("message"))) << c.name;
  }
}

TEST(RsaKey, ShowsTheFingerprintThatGitHubShows) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(good_key().get(), &der);
  const std::string spki(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  const Result<RsaKey> key = RsaKey::from_pem(Secret(pkcs1(good_key())));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->fingerprint(), "SHA256:" + base64(sha256(spki)));
}

TEST(RsaKey, RefusesEverythingElseAndSaysWhichCheckFailed) {
  const Key elliptic(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::string good = pkcs1(good_key());
  const struct {
    std::string pem;
    ErrorCode code;
    std::string_view says;
  } cases[] = {
      {"", ErrorCode::kNotConfigured, "empty"},
      {"  ", ErrorCode::kNotConfigured, "empty"},
      {"s3cr3t garbage", ErrorCode::kInvalidRequest, "not PEM"},
      {"-----BEGIN s3cr3t", ErrorCode::kInvalidRequest, "not PEM"},
      {"-----BEGIN s3cr3t-----\nAAAA\n-----END s3cr3t-----\n", ErrorCode::kInvalidRequest, "another kind"},
      {std::string(RsaKey::kMaxPem + 1, 'A'), ErrorCode::kInvalidRequest, "longer"},
      {"-----BEGIN CERTIFICATE-----\n", ErrorCode::kInvalidRequest, "certificate"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----\n", ErrorCode::kInvalidRequest, "OpenSSH"},
      {public_key(good_key()), ErrorCode::kInvalidRequest, "public key"},
      {encrypted_pkcs1(good_key()), ErrorCode::kInvalidRequest, "encrypted"},
      {encrypted_pkcs8(good_key()), ErrorCode::kInvalidRequest, "encrypted"},
      {pkcs1(elliptic), ErrorCode::kInvalidRequest, "elliptic-curve"},
      {pkcs8(elliptic), ErrorCode::kInvalidRequest, "not an RSA key"},
      {pkcs1(rsa(1024)), ErrorCode::kInvalidRequest, "too short: 1024 bits"},
      {good.substr(0, good.size() / 2), ErrorCode::kInvalidRequest, "cut off"},
      {replaced(good, "M", "*"), ErrorCode::kInvalidRequest, "cannot be decoded"},
      {mismatched(), ErrorCode::kInvalidRequest, "do not belong together"},
  };
  for (const auto& c : cases) {
    const Result<RsaKey> key = RsaKey::from_pem(Secret(c.pem));
    ASSERT_FALSE(key.has_value()) << c.says;
    EXPECT_EQ(key.error().code(), c.code) << c.says;
    EXPECT_EQ(key.error().fix(), Fix::kOperator) << c.says;
    EXPECT_THAT(key.error().message(), HasSubstr(c.says));
    EXPECT_THAT(key.error().message(), Not(HasSubstr("s3cr3t")));
    EXPECT_EQ(key.error().detail(), "");
  }
}

TEST(RsaKey, SignsFromManyThreadsAtOnce) {
  const Result<RsaKey> key = RsaKey::from_pem(Secret(pkcs8(good_key())));
  ASSERT_TRUE(key.has_value());
  const std::string expected = key->sign_rs256("message");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) EXPECT_EQ(key->sign_rs256("message"), expected);
    });
  }
}

}  // namespace
}  // namespace hubwarden::crypto

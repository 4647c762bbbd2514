#pragma once

// Private keys of all kinds, made with OpenSSL itself, and what is published of them.
//
//   const TestSigner& signer = TestSigner::of(crypto::KeyType::kP256);
//   const std::string signature = signer.sign(crypto::SignatureAlgorithm::kEs256, message);

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "crypto/public_key.h"

namespace hubwarden::testing {

using crypto::KeyType;
using crypto::SignatureAlgorithm;

class TestSigner {
 public:
  explicit TestSigner(KeyType type, int rsa_bits = 2048);
  // Of this kind, made once per process: an RSA key takes a tenth of a second.
  static const TestSigner& of(KeyType type);

  // ECDSA as JWS has it: both numbers in full length.
  std::string sign(SignatureAlgorithm algorithm, std::string_view message) const;

  KeyType type() const { return type_; }
  // Big-endian; empty where the kind has none.
  std::string modulus() const;
  std::string exponent() const;
  std::string x() const;
  std::string y() const;
  // SubjectPublicKeyInfo, as PEM.
  std::string public_pem() const;

 private:
  KeyType type_;
  std::shared_ptr<evp_pkey_st> key_;
};

namespace test_signer {

using Digesting = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

inline std::shared_ptr<EVP_PKEY> make(KeyType type, int rsa_bits) {
  EVP_PKEY* key = nullptr;
  switch (type) {
    case KeyType::kRsa: key = EVP_RSA_gen(static_cast<unsigned>(rsa_bits)); break;
    case KeyType::kP256: key = EVP_EC_gen("P-256"); break;
    case KeyType::kP384: key = EVP_EC_gen("P-384"); break;
    case KeyType::kEd25519: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"); break;
  }
  HW_CHECK(key != nullptr);
  return {key, EVP_PKEY_free};
}

inline std::string number(EVP_PKEY* key, const char* name, std::size_t length = 0) {
  BIGNUM* found = nullptr;
  HW_CHECK(EVP_PKEY_get_bn_param(key, name, &found) == 1);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> value(found, BN_free);
  std::string bytes(length > 0 ? length : static_cast<std::size_t>(BN_num_bytes(found)), '\0');
  HW_CHECK(BN_bn2binpad(found, reinterpret_cast<unsigned char*>(bytes.data()),
                        static_cast<int>(bytes.size())) >= 0);
  return bytes;
}

inline std::size_t curve_bytes(KeyType type) {
  return type == KeyType::kP256 ? 32 : 48;
}

inline const char* digest_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kEdDsa: return nullptr;
    case SignatureAlgorithm::kRs384:
    case SignatureAlgorithm::kPs384:
    case SignatureAlgorithm::kEs384: return "SHA384";
    case SignatureAlgorithm::kRs512:
    case SignatureAlgorithm::kPs512: return "SHA512";
    default: return "SHA256";
  }
}

inline bool is_pss(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kPs256 || algorithm == SignatureAlgorithm::kPs384 ||
         algorithm == SignatureAlgorithm::kPs512;
}

inline std::string numbers_of(const std::string& der, std::size_t length) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  HW_CHECK(pair != nullptr);
  std::string both(2 * length, '\0');
  auto* out = reinterpret_cast<unsigned char*>(both.data());
  HW_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, static_cast<int>(length)) > 0);
  HW_CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + length, static_cast<int>(length)) > 0);
  return both;
}

}  // namespace test_signer

inline TestSigner::TestSigner(KeyType type, int rsa_bits)
    : type_(type), key_(test_signer::make(type, rsa_bits)) {
}

inline const TestSigner& TestSigner::of(KeyType type) {
  static const std::array<TestSigner, 4> all = {TestSigner(KeyType::kRsa), TestSigner(KeyType::kP256),
                                                TestSigner(KeyType::kP384), TestSigner(KeyType::kEd25519)};
  return all.at(static_cast<std::size_t>(type));
}

inline std::string TestSigner::sign(SignatureAlgorithm algorithm, std::string_view message) const {
  const test_signer::Digesting context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* settings = nullptr;
  HW_CHECK(EVP_DigestSignInit_ex(context.get(), &settings, test_signer::digest_of(algorithm), nullptr,
                                 nullptr, key_.get(), nullptr) == 1);
  if (test_signer::is_pss(algorithm)) {
    HW_CHECK(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1);
    HW_CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  std::size_t size = signature.size();
  HW_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  signature.resize(size);
  const bool is_elliptic = type_ == KeyType::kP256 || type_ == KeyType::kP384;
  return is_elliptic ? test_signer::numbers_of(signature, test_signer::curve_bytes(type_)) : signature;
}

inline std::string TestSigner::modulus() const {
  return type_ == KeyType::kRsa ? test_signer::number(key_.get(), OSSL_PKEY_PARAM_RSA_N) : "";
}

inline std::string TestSigner::exponent() const {
  return type_ == KeyType::kRsa ? test_signer::number(key_.get(), OSSL_PKEY_PARAM_RSA_E) : "";
}

inline std::string TestSigner::x() const {
  if (type_ == KeyType::kRsa) return "";
  if (type_ != KeyType::kEd25519)
    return test_signer::number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, test_signer::curve_bytes(type_));
  std::string bytes(32, '\0');
  std::size_t size = bytes.size();
  HW_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size) ==
           1);
  return bytes;
}

inline std::string TestSigner::y() const {
  const bool is_elliptic = type_ == KeyType::kP256 || type_ == KeyType::kP384;
  return is_elliptic
             ? test_signer::number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, test_signer::curve_bytes(type_))
             : "";
}

inline std::string TestSigner::public_pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  HW_CHECK(PEM_write_bio_PUBKEY(memory.get(), key_.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace hubwarden::testing

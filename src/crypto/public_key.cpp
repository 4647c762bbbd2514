#include "crypto/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <optional>
#include <string>
#include <utility>

#include "base/check.h"

namespace hubwarden::crypto {
namespace {

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Params = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
using Digesting = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Pair = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

constexpr char kUncompressed = '\x04';  // SEC 1, 2.3.3

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::unexpected<Error> refuse(std::string why) {
  ERR_clear_error();
  return fail(ErrorCode::kInvalidRequest, "the key " + std::move(why));
}

Number number_of(std::string_view bytes) {
  Number number(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr), BN_free);
  HW_CHECK(number != nullptr);
  return number;
}

// Null unless OpenSSL takes what was put together for a key of that kind.
EVP_PKEY* make_key(const char* kind, OSSL_PARAM_BLD* parts) {
  const Params params(OSSL_PARAM_BLD_to_param(parts), OSSL_PARAM_free);
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), EVP_PKEY_CTX_free);
  HW_CHECK(params != nullptr && context != nullptr);
  EVP_PKEY* key = nullptr;
  const bool is_made = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                       EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  return is_made ? key : nullptr;
}

const char* curve_name(KeyType type) {
  return type == KeyType::kP256 ? "P-256" : "P-384";
}

std::size_t curve_bytes(KeyType type) {
  return type == KeyType::kP256 ? 32 : 48;
}

const char* digest_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kRs256:
    case SignatureAlgorithm::kPs256:
    case SignatureAlgorithm::kEs256: return "SHA256";
    case SignatureAlgorithm::kRs384:
    case SignatureAlgorithm::kPs384:
    case SignatureAlgorithm::kEs384: return "SHA384";
    case SignatureAlgorithm::kRs512:
    case SignatureAlgorithm::kPs512: return "SHA512";
    case SignatureAlgorithm::kEdDsa: return nullptr;  // it has one of its own
  }
  return nullptr;
}

bool is_pss(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kPs256 || algorithm == SignatureAlgorithm::kPs384 ||
         algorithm == SignatureAlgorithm::kPs512;
}

// As OpenSSL wants it. RFC 7518, 3.4: both numbers, in the curve's full length. Nothing for another length.
std::optional<std::string> der_of(KeyType type, std::string_view signature) {
  const std::size_t half = curve_bytes(type);
  if (signature.size() != 2 * half) return std::nullopt;
  const Pair pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  HW_CHECK(pair != nullptr);
  HW_CHECK(ECDSA_SIG_set0(pair.get(), number_of(signature.substr(0, half)).release(),
                          number_of(signature.substr(half)).release()) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  HW_CHECK(size > 0);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool is_odd(std::string_view number) {
  return !number.empty() && (static_cast<unsigned char>(number.back()) & 1U) != 0;
}

}  // namespace

KeyType key_type_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kEs256: return KeyType::kP256;
    case SignatureAlgorithm::kEs384: return KeyType::kP384;
    case SignatureAlgorithm::kEdDsa: return KeyType::kEd25519;
    default: return KeyType::kRsa;
  }
}

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  // Bounded before anything is reckoned with it.
  if (modulus.size() > kMaxRsaBits / 8 || exponent.size() > kMaxExponent) return refuse("is too long");
  const Number n = number_of(modulus);
  const Number e = number_of(exponent);
  if (BN_num_bits(n.get()) < kMinRsaBits) return refuse("has fewer than 2048 bits");
  // With 1 everybody signs.
  if (!is_odd(modulus) || !is_odd(exponent) || BN_is_one(e.get())) return refuse("is no RSA key");
  const Builder parts(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  HW_CHECK(parts != nullptr && OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
           OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  Handle key(make_key("RSA", parts.get()), EVP_PKEY_free);
  if (!key) return refuse("is no RSA key");
  return PublicKey(KeyType::kRsa, std::move(key));
}

Result<PublicKey> PublicKey::elliptic(KeyType type, std::string_view x, std::string_view y) {
  HW_CHECK(type == KeyType::kP256 || type == KeyType::kP384);
  const std::size_t length = curve_bytes(type);
  if (x.size() != length || y.size() != length) return refuse("is no point of its curve's length");
  const std::string point = std::string(1, kUncompressed).append(x).append(y);
  const Builder parts(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  HW_CHECK(
      parts != nullptr &&
      OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve_name(type), 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) ==
          1);
  Handle key(make_key("EC", parts.get()), EVP_PKEY_free);
  if (!key) return refuse("is no point of its curve");
  const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr), EVP_PKEY_CTX_free);
  HW_CHECK(context != nullptr);
  if (EVP_PKEY_public_check(context.get()) != 1) return refuse("is no point of its curve");
  return PublicKey(type, std::move(key));
}

Result<PublicKey> PublicKey::ed25519(std::string_view x) {
  constexpr std::size_t kLength = 32;
  if (x.size() != kLength) return refuse("has not the 32 bytes of an Ed25519 key");
  Handle key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, octets(x), x.size()), EVP_PKEY_free);
  if (!key) return refuse("is no Ed25519 key");
  return PublicKey(KeyType::kEd25519, std::move(key));
}

bool PublicKey::verifies(SignatureAlgorithm algorithm, std::string_view message,
                         std::string_view signature) const {
  if (key_type_of(algorithm) != type_) return false;
  std::optional<std::string> der;
  if (type_ == KeyType::kP256 || type_ == KeyType::kP384) {
    der = der_of(type_, signature);
    if (!der) return false;
    signature = *der;
  }
  const Digesting context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  HW_CHECK(context != nullptr);
  EVP_PKEY_CTX* settings = nullptr;  // the context's own
  bool is_good = EVP_DigestVerifyInit_ex(context.get(), &settings, digest_of(algorithm), nullptr, nullptr,
                                         key_.get(), nullptr) == 1;
  // RFC 7518, 3.5: the salt is as long as the hash, which is also that of the mask.
  if (is_good && is_pss(algorithm)) {
    is_good = EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  is_good = is_good && EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message),
                                        message.size()) == 1;
  ERR_clear_error();
  return is_good;
}

}  // namespace hubwarden::crypto

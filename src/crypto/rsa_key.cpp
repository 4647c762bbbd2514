#include "crypto/rsa_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"

namespace hubwarden::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";

std::unexpected<Error> refuse(std::string_view why) {
  return std::unexpected(Error(ErrorCode::kInvalidRequest, "the App's private key " + std::string(why))
                             .with_fix(Fix::kOperator));
}

// What else people put where the key belongs, by the label of the first PEM block.
struct Mistake {
  std::string_view label, why;
};
constexpr std::array<Mistake, 7> kMistakes = {{
    {"ENCRYPTED PRIVATE KEY", "is encrypted with a passphrase; give it without one"},
    {"PUBLIC KEY", "is a public key; give the private one"},
    {"RSA PUBLIC KEY", "is a public key; give the private one"},
    {"CERTIFICATE", "is a certificate; give the private key that GitHub made for the App"},
    {"EC PRIVATE KEY", "is an elliptic-curve key; GitHub Apps sign with RSA"},
    {"EC PARAMETERS", "is an elliptic-curve key; GitHub Apps sign with RSA"},
    {"OPENSSH PRIVATE KEY", "is in OpenSSH's own format; give it as PEM (PKCS#1 or PKCS#8)"},
}};

std::optional<std::string_view> first_label(std::string_view pem) {
  const std::size_t begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view rest = pem.substr(begin + kBegin.size());
  const std::size_t end = rest.find(kDashes);
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

Result<> check_wrapping(std::string_view pem) {
  const std::optional<std::string_view> label = first_label(pem);
  if (!label) return refuse("is not PEM: there is no \"-----BEGIN RSA PRIVATE KEY-----\" in it");
  for (const Mistake& mistake : kMistakes) {
    if (*label == mistake.label) return refuse(mistake.why);
  }
  // The label itself is not repeated: with a mangled file it could be anything.
  if (*label != "RSA PRIVATE KEY" && *label != "PRIVATE KEY") return refuse("is a PEM block of another kind");
  // The older form of encryption keeps the plain label (RFC 1421, 4.6.1.1).
  if (pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos) return refuse(kMistakes[0].why);
  return {};
}

// The same text with `\n` (two characters) as line breaks, if it has no real ones.
Secret with_line_breaks(const Secret& pem) {
  if (pem.reveal().find('\n') != std::string_view::npos) return pem.clone();
  std::string text;
  text.reserve(pem.size());  // never grows, so no copy is left behind
  for (std::size_t i = 0; i < pem.size(); ++i) {
    const bool escaped = pem.reveal().substr(i, 2) == "\\n";
    text += escaped ? '\n' : pem.reveal()[i];
    if (escaped) ++i;
  }
  return Secret::absorb(text);
}

// OpenSSL would otherwise ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::string public_fingerprint(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  HW_CHECK(size > 0);
  const Digest digest = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return "SHA256:" + base64(digest);
}

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::optional<std::string> sign(EVP_PKEY* key, std::string_view message) {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* octets = reinterpret_cast<const unsigned char*>(message.data());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t size = signature.size();
  if (EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, octets,
                     message.size()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  signature.resize(size);
  return signature;
}

// A damaged key can still decode; only a signature that verifies shows that its numbers belong together.
bool signs_what_it_verifies(EVP_PKEY* key) {
  constexpr std::string_view kProbe = "hubwarden";
  const std::optional<std::string> signature = sign(key, kProbe);
  if (!signature) return false;
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const bool verified =
      EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature->data()),
                       signature->size(), reinterpret_cast<const unsigned char*>(kProbe.data()),
                       kProbe.size()) == 1;
  ERR_clear_error();
  return verified;
}

}  // namespace

void RsaKey::Free::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

Result<RsaKey::Handle> RsaKey::decode(const Secret& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.size())), BIO_free);
  HW_CHECK(bio != nullptr);
  Handle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key) return refuse("cannot be decoded: it is damaged, or cut off");
  return key;
}

Result<RsaKey> RsaKey::from_pem(const Secret& pem) {
  if (trim(pem.reveal()).empty()) return fail(ErrorCode::kNotConfigured, "the App's private key is empty");
  if (pem.size() > kMaxPem) return refuse("is longer than any RSA key that hubwarden takes (16 KiB)");
  const Secret text = with_line_breaks(pem);
  const Result<> wrapped = check_wrapping(text.reveal());
  if (!wrapped) return std::unexpected(wrapped.error());

  Result<Handle> key = decode(text);
  if (!key) return std::unexpected(key.error());
  EVP_PKEY* raw = key->get();
  if (EVP_PKEY_is_a(raw, "RSA") != 1) return refuse("is not an RSA key; GitHub Apps sign with RSA");
  const int bits = EVP_PKEY_get_bits(raw);
  if (bits < kMinBits) {
    return refuse("is too short: " + std::to_string(bits) + " bits, and 2048 are the least");
  }
  if (bits > kMaxBits) return refuse("is too long: " + std::to_string(bits) + " bits, and 8192 are the most");
  if (!signs_what_it_verifies(raw))
    return refuse("is damaged: its public and private parts do not belong together");
  std::string fingerprint = public_fingerprint(raw);
  return RsaKey(std::move(*key), std::move(fingerprint));
}

Secret RsaKey::derive(std::string_view purpose) const {
  constexpr std::size_t kDerived = 32;
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key_.get(), &der);
  HW_CHECK(size > 0);
  const Secret material(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return hkdf_sha256(material, "", purpose, kDerived);
}

std::string RsaKey::sign_rs256(std::string_view message) const {
  std::optional<std::string> signature = sign(key_.get(), message);
  HW_CHECK(signature.has_value());  // the key has signed before, in from_pem
  return std::move(*signature);
}

}  // namespace hubwarden::crypto

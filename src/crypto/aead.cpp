#include "crypto/aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace hubwarden::crypto {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

enum class Way { kOpen = 0, kSeal = 1 };

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

// With key, nonce and associated text in place.
Context begin(Way way, const Secret& key, const AeadKey::Nonce& nonce, std::string_view associated) {
  static EVP_CIPHER* const method = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  HW_CHECK(method != nullptr);
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  HW_CHECK(context != nullptr);
  const auto* nonce_octets = reinterpret_cast<const unsigned char*>(nonce.data());
  HW_CHECK(EVP_CipherInit_ex2(context.get(), method, octets(key.reveal()), nonce_octets,
                              static_cast<int>(way), nullptr) == 1);
  int size = 0;
  HW_CHECK(EVP_CipherUpdate(context.get(), nullptr, &size, octets(associated),
                            static_cast<int>(associated.size())) == 1);
  return context;
}

}  // namespace

AeadKey::Nonce AeadKey::make_nonce(Random& random) {
  Nonce nonce;
  random.fill(nonce);
  return nonce;
}

AeadKey::AeadKey(Secret key) : key_(std::move(key)) {
  HW_CHECK(key_.size() == kSize);
}

std::string AeadKey::seal(const Nonce& nonce, std::string_view text, std::string_view associated) const {
  const Context context = begin(Way::kSeal, key_, nonce, associated);
  std::string sealed(text.size() + kTag, '\0');
  int size = 0;
  int rest = 0;
  HW_CHECK(EVP_CipherUpdate(context.get(), octets(sealed), &size, octets(text),
                            static_cast<int>(text.size())) == 1);
  HW_CHECK(EVP_CipherFinal_ex(context.get(), octets(sealed) + size, &rest) == 1);
  HW_CHECK(static_cast<std::size_t>(size + rest) == text.size());
  HW_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTag),
                               octets(sealed) + text.size()) == 1);
  return sealed;
}

std::optional<Secret> AeadKey::open(const Nonce& nonce, std::string_view sealed,
                                    std::string_view associated) const {
  if (sealed.size() < kTag) return std::nullopt;
  std::string tag(sealed.substr(sealed.size() - kTag));
  sealed.remove_suffix(kTag);
  const Context context = begin(Way::kOpen, key_, nonce, associated);
  std::string text(sealed.size(), '\0');
  int size = 0;
  int rest = 0;
  HW_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag), octets(tag)) ==
           1);
  const bool is_read = EVP_CipherUpdate(context.get(), octets(text), &size, octets(sealed),
                                        static_cast<int>(sealed.size())) == 1;
  const bool is_genuine = is_read && EVP_CipherFinal_ex(context.get(), octets(text) + size, &rest) == 1;
  ERR_clear_error();
  Secret opened = Secret::absorb(text);
  if (!is_genuine) return std::nullopt;
  return opened;
}

}  // namespace hubwarden::crypto

#include "auth/credential_text.h"

#include <string.h>

#include <array>
#include <string>

#include "base/text.h"

namespace hubwarden::auth {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kEncodedBytes = (kRandomBytes * 4 + 2) / 3;

}  // namespace

Secret make_credential(std::string_view prefix, Random& random) {
  std::array<std::byte, kRandomBytes> bytes;
  random.fill(bytes);
  std::string encoded = base64url(bytes);
  explicit_bzero(bytes.data(), bytes.size());
  std::string text;
  text.reserve(prefix.size() + kEncodedBytes);  // one buffer, so that none is left behind unwiped
  text.append(prefix).append(encoded);
  wipe(encoded);
  return Secret::absorb(text);
}

bool is_credential(std::string_view prefix, std::string_view text) {
  return text.size() == prefix.size() + kEncodedBytes && text.starts_with(prefix);
}

}  // namespace hubwarden::auth

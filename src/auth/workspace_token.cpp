#include "auth/workspace_token.h"

#include <string.h>

#include <array>
#include <string>

#include "base/text.h"

namespace hubwarden::auth {
namespace {

constexpr std::string_view kPrefix = "hww_";  // makes a leaked one recognisable to scanners
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kSize = kPrefix.size() + (kRandomBytes * 4 + 2) / 3;

}  // namespace

Secret make_workspace_token(Random& random) {
  std::array<std::byte, kRandomBytes> bytes;
  random.fill(bytes);
  std::string encoded = base64url(bytes);
  explicit_bzero(bytes.data(), bytes.size());
  std::string text;
  text.reserve(kSize);  // one buffer, so that none is left behind unwiped
  text.append(kPrefix).append(encoded);
  wipe(encoded);
  return Secret::absorb(text);
}

bool is_workspace_token(std::string_view text) {
  return text.size() == kSize && text.starts_with(kPrefix);
}

}  // namespace hubwarden::auth

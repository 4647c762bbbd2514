#include "sandbox/tokens.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kClassicLetters = 36;
constexpr std::size_t kSignatureBytes = 256;  // RS256 with a 2048-bit key

std::string random_bytes(std::size_t count, Random& random) {
  std::string bytes(count, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

std::string classic_token(Random& random) {
  std::string token = "ghs_";
  for (std::size_t i = 0; i < kClassicLetters; ++i) token += kLetters[random.below(kLetters.size())];
  return token;
}

std::string stateless_token(AppId app, InstallationId installation, TimePoint expires_at, Random& random) {
  const std::string header = R"({"alg":"RS256","typ":"JWT"})";
  const std::string claims =
      fmt::format(R"({{"iss":{},"sub":{},"exp":{},"jti":"{}"}})", app.value(), installation.value(),
                  std::chrono::system_clock::to_time_t(expires_at), hex(as_bytes(random_bytes(16, random))));
  return fmt::format("ghs_{}_{}.{}.{}", app.value(), base64url(as_bytes(header)), base64url(as_bytes(claims)),
                     base64url(as_bytes(random_bytes(kSignatureBytes, random))));
}

std::string hashed_token(std::string_view token) {
  return base64(as_bytes(sha256(token)));
}

Token& TokenTable::add(Token token) {
  if (order_.size() >= kMaxTokens) {
    tokens_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(token.hashed);
  std::string key = token.hashed;
  return tokens_.insert_or_assign(std::move(key), std::move(token)).first->second;
}

const Token* TokenTable::find(std::string_view token) const {
  const auto found = tokens_.find(hashed_token(token));
  return found == tokens_.end() ? nullptr : &found->second;
}

bool TokenTable::revoke(std::string_view hashed) {
  const auto found = tokens_.find(hashed);
  if (found == tokens_.end() || found->second.revoked) return false;
  return found->second.revoked = true;
}

std::size_t TokenTable::revoke_all(InstallationId installation) {
  std::size_t count = 0;
  for (auto& [hashed, token] : tokens_) {
    if (token.installation != installation || token.revoked) continue;
    token.revoked = true;
    ++count;
  }
  return count;
}

}  // namespace hubwarden::sandbox

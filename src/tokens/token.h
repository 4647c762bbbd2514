#pragma once

// A token as hubwarden holds and hands it out: immutable, shared, wiped with its last holder.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "http/handler.h"

namespace hubwarden::tokens {

enum class TokenSource { kApp, kStatic, kPlugin };

std::string_view to_string(TokenSource source);  // "app", "static", "plugin"

// What the engine knows a token by, apart from its bytes.
struct TokenFacts {
  TokenFacts() = default;

  TimePoint minted_at{};
  TimePoint expires_at = TimePoint::max();  // max: never
  TokenSource source = TokenSource::kApp;
};

// What callers are told that a token covers. It is in the answer, and kept nowhere else.
struct TokenCover {
  TokenCover() = default;

  std::vector<std::pair<std::string, std::string>> permissions;  // as GitHub granted them; empty: not known
  std::vector<std::string> repositories;  // owner/name as GitHub shows it; empty: all of the installation
};

class Token {
 public:
  Token(const Secret& value, std::string fingerprint, const TokenFacts& facts, const TokenCover& cover = {});
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  std::string_view reveal() const { return value_; }
  const std::string& fingerprint() const { return fingerprint_; }
  const TokenFacts& facts() const { return facts_; }
  TimePoint expires_at() const { return facts_.expires_at; }
  Duration lifetime() const { return facts_.expires_at - facts_.minted_at; }
  // Read back from the answer.
  TokenCover cover() const;
  // For people: "acme/widgets contents:read,metadata:read"; "*" for all repositories.
  std::string scope_text() const;
  Duration remaining(TimePoint now) const { return facts_.expires_at - now; }

  // What callers get, rendered once: docs/http-api.md, "Handing out tokens". It lives with the token.
  const http::Prepared& answer() const { return answer_; }

 private:
  TokenFacts facts_;
  http::Prepared answer_;   // wipes itself
  std::string_view value_;  // inside answer_, so that a cached token is held once
  std::string fingerprint_;
};

using TokenPtr = std::shared_ptr<const Token>;

}  // namespace hubwarden::tokens

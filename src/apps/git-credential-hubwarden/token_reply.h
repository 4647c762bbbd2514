#pragma once

// hubwarden's answer to a token request, from its JSON.

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace hubwarden::git_credential {

// GitHub's longest are some 520 characters.
inline constexpr std::size_t kMaxToken = 8 << 10;

struct Token {
  Token(Secret value_, std::optional<TimePoint> expires_at_)
      : value(std::move(value_)), expires_at(expires_at_) {}
  Token clone() const { return Token(value.clone(), expires_at); }

  Secret value;                         // printable ASCII without blanks
  std::optional<TimePoint> expires_at;  // absent for a static token
};

bool is_token(std::string_view text);

// A refusal keeps hubwarden's own code, sentence, `fix` and `retry_after` (of the body, else of the header).
// What is neither a token nor a refusal is `upstream_protocol`, or `unavailable` when the status was 502, 503
// or 504: a proxy's page in front of a hubwarden that is away.
Result<Token> read_token_reply(int status, std::string_view body,
                               std::optional<std::chrono::seconds> retry_after);

}  // namespace hubwarden::git_credential

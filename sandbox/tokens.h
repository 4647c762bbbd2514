#pragma once

// Installation tokens: their two forms, and the table of those that were issued. The table holds digests, not
// tokens.

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"
#include "sandbox/model.h"
#include "sandbox/settings.h"

namespace hubwarden::sandbox {

struct Token {
  std::uint64_t number;
  std::string hashed;  // base64 of SHA-256, as in GitHub's audit log ("hashed_token")
  InstallationId installation;
  AppId app;
  std::optional<std::set<RepositoryId>> repositories;  // absent: whatever the installation reaches
  Permissions permissions;
  TimePoint issued_at;  // by the sandbox's own clock, without the skew
  TimePoint expires_at;
  bool revoked = false;
};

// 40 characters: "ghs_" and 36 letters and digits.
std::string classic_token(Random& random);
// About 520 characters: "ghs_<App's number>_<JWT>", two dots, of varying length. The signature is random:
// nobody but GitHub is to look inside.
std::string stateless_token(AppId app, InstallationId installation, TimePoint expires_at, Random& random);

std::string hashed_token(std::string_view token);

class TokenTable {
 public:
  // Tokens beyond this many are forgotten, the oldest first: days of virtual time must not fill the memory.
  static constexpr std::size_t kMaxTokens = 200'000;

  Token& add(Token token);
  const Token* find(std::string_view token) const;
  // False when it is unknown or was revoked before.
  bool revoke(std::string_view hashed);
  std::size_t revoke_all(InstallationId installation);
  std::uint64_t next_number() { return next_number_++; }

 private:
  std::uint64_t next_number_ = 1;
  std::map<std::string, Token, std::less<>> tokens_;  // by `hashed`
  std::deque<std::string> order_;
};

}  // namespace hubwarden::sandbox

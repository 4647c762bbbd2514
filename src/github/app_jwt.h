#pragma once

// The App's own credential: a JWT that says "I am App X", signed with its private key.
//
//   Result<AppId> app = AppId::parse("Iv23liABCDEF");
//   AppJwtCache jwt(*app, std::move(key), github_clock);
//   request.authorization = {"Bearer", jwt.current()};
//
// Source: docs/github-facts.md, §1.

#include <compare>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/rsa_key.h"

namespace hubwarden::github {

// An App id (123456) or a client id (Iv23liABCDEF).
class AppId {
 public:
  // Digits alone are an App id; a client id is a letter or digit, then letters, digits, '.',
  // '-' and '_', at most 64 in all.
  // `invalid_request`.
  static Result<AppId> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool is_number() const { return is_number_; }

  friend bool operator==(const AppId&, const AppId&) = default;
  friend auto operator<=>(const AppId&, const AppId&) = default;

 private:
  AppId(std::string text, bool is_number) : text_(std::move(text)), is_number_(is_number) {}
  std::string text_;
  bool is_number_;
};

constexpr std::chrono::seconds kJwtBackdate(60);  // for a clock of ours that runs ahead
constexpr std::chrono::seconds kJwtLife(9 * 60);  // GitHub allows ten minutes, by its clock
constexpr std::chrono::seconds kJwtSpare(60);     // not used any more so shortly before its end

// {"iat":…,"exp":…,"iss":…}, all times integers, `iss` an integer exactly for an App id. `now` by GitHub's
// clock.
std::string app_jwt_claims(const AppId& app, TimePoint now);

// The signed JWT, in compact form. About 1.1 ms.
Secret sign_app_jwt(const AppId& app, const crypto::RsaKey& key, TimePoint now);

// Signs once and gives the same JWT out until kJwtSpare before its end. From any thread: `current()` signs on
// the calling thread when it must, once in eight minutes, and never under the lock, so two threads may at
// worst both sign. A server that wants its loops free of that millisecond calls `current()` from a worker
// every few minutes.
class AppJwtCache {
 public:
  // `github_clock` outlives it.
  AppJwtCache(AppId app, crypto::RsaKey key, const Clock& github_clock);

  Secret current();
  // The next `current()` signs anew: after GitHub blamed the clock.
  void forget();

  const AppId& app() const { return app_; }
  const crypto::RsaKey& key() const { return key_; }

 private:
  // Nothing when there is none for this time.
  Secret cached(TimePoint now);

  const AppId app_;
  const crypto::RsaKey key_;
  const Clock& clock_;
  std::mutex mutex_;
  Secret jwt_;           // guarded by mutex_
  TimePoint signed_at_;  // guarded by mutex_
};

}  // namespace hubwarden::github

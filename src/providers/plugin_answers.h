#pragma once

// Where a plugin puts its answers: the functions that hubwarden hands to it, and what they have taken. A
// value that is not taken fails the whole call, whatever the plugin makes of it.
//
//   EnvironmentAnswer answer(std::move(so_far));
//   const int status = plugin.environment(self, &workspace, answer.interface(), &error);
//   Result<BootEnvironment> after = std::move(answer).finish(status, error);
//
// Used by one thread, for one call. Its functions are noexcept: no exception may go through a plugin's
// frames, and without memory the process ends, as it does everywhere else.

#include <hubwarden/plugin.h>
#include <hubwarden/provider.h>

#include <optional>

namespace hubwarden::providers {

// What a status that is not HUBWARDEN_OK means, with the plugin's own words.
Error error_of(int status, const hubwarden_error& said);

class EnvironmentAnswer {
 public:
  explicit EnvironmentAnswer(BootEnvironment so_far);
  EnvironmentAnswer(const EnvironmentAnswer&) = delete;
  EnvironmentAnswer& operator=(const EnvironmentAnswer&) = delete;

  hubwarden_environment* interface() { return &interface_; }
  // What the plugin returned and said.
  Result<BootEnvironment> finish(int status, const hubwarden_error& said) &&;

 private:
  static hubwarden_text get(const hubwarden_environment* environment, hubwarden_text name) noexcept;
  static int set(hubwarden_environment* environment, hubwarden_text name, hubwarden_text value) noexcept;
  static int unset(hubwarden_environment* environment, hubwarden_text name) noexcept;
  int refuse(const Error& error);

  BootEnvironment environment_;
  std::optional<Error> refused_;  // the first
  hubwarden_environment interface_;
};

class TokenAnswer {
 public:
  TokenAnswer();
  TokenAnswer(const TokenAnswer&) = delete;
  TokenAnswer& operator=(const TokenAnswer&) = delete;

  hubwarden_token* interface() { return &interface_; }
  Result<ProvidedToken> finish(int status, const hubwarden_error& said) &&;

 private:
  static int give(hubwarden_token* answer, hubwarden_text token, std::int64_t expires_at) noexcept;
  int take(std::string_view token, std::int64_t expires_at);
  int refuse(const char* why);

  std::optional<ProvidedToken> token_;
  std::optional<Error> refused_;
  hubwarden_token interface_;
};

}  // namespace hubwarden::providers

#pragma once

// What git-credential-hubwarden-https says on its standard output before it relays bytes: one line, at most
// kMaxHttpsPreface bytes. `+` when the connection stands and the certificate fits; `~why` when trying again
// may help; `-why` when not. It reads the request from its standard input only after `+`, so that a bearer
// never enters a program whose peer has not been verified.
//
//   git-credential-hubwarden-https HOST PORT file|dir PATH

#include <cstddef>
#include <string_view>

namespace hubwarden::git_credential {

inline constexpr std::size_t kMaxHttpsPreface = 300;
inline constexpr std::string_view kHttpsConnected = "+";
inline constexpr char kHttpsTryAgain = '~';
inline constexpr char kHttpsRefused = '-';

}  // namespace hubwarden::git_credential

#pragma once

// The lines by which git asks a credential helper: `key=value`, one per line, ended by a blank line or the
// end of the input (gitcredentials(7)). No I/O here: bytes in, a request out, and back.
//
//   auto asked = wire::parse_credential("protocol=https\nhost=github.com\npath=acme/widgets.git\n\n");
//   if (!asked) return;  // hostile or broken: answer nothing
//
// Stricter than git: every line ends in LF alone, a control byte anywhere refuses the whole request, and
// nothing that names a host may stand twice. Each rule closes a hole through which another program was made
// to hand one host's password to another (CVE-2020-5260, CVE-2020-11008, CVE-2024-52006).

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace hubwarden::wire {

// git writes lines of at most 65,535 bytes; the `wwwauth[]` lines of an answer with a full header block fit
// in the whole many times over.
inline constexpr std::size_t kMaxCredentialLine = 65'535;
inline constexpr std::size_t kMaxCredentialInput = 1 << 20;

enum class CredentialFault {
  kTooLong,      // a line or the whole
  kControlByte,  // CR, NUL, TAB, DEL and their like
  kNotKeyValue,  // a line without `=` or without a key
  kTwice,        // protocol, host, path, username or password given again
  kUrl,          // `url=` overrides what was checked; git itself never sends it
  kNoProtocol,   // missing or empty: would match any protocol
  kNoHost,       // missing or empty: would match any host
};

std::string_view to_string(CredentialFault fault);

// What git wants a password for, or wants to have forgotten. Never holds an empty protocol or host.
struct CredentialRequest {
  CredentialRequest() = default;

  std::string protocol;
  std::string host;                 // with its port, as in the URL
  std::optional<std::string> path;  // absent unless credential.useHttpPath is set
  std::optional<std::string> username;
  Secret password;  // with `erase` and `store` alone
};

// Whether more input cannot change the request: it holds a blank line.
bool is_complete_credential(std::string_view input);

// Reads up to the blank line. Unknown keys are ignored, as the protocol wants.
std::expected<CredentialRequest, CredentialFault> parse_credential(std::string_view input);

struct Credential {
  Credential(std::string_view username_, Secret password_, std::optional<TimePoint> expires_at_)
      : username(username_), password(std::move(password_)), expires_at(expires_at_) {}

  std::string username;
  Secret password;
  std::optional<TimePoint> expires_at;
};

// The answer's lines, or nothing when a value cannot stand on a line.
std::optional<Secret> format_credential(const Credential& credential);

}  // namespace hubwarden::wire

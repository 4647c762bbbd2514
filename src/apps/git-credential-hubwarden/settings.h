#pragma once

// What `setup-git` writes and this program reads: lines of `key = value`, `#` starts a comment line.
//
//   address = unix:/run/hubwarden/hubwarden.sock
//   workspace = agent-7
//   token_file = /var/lib/agent/hubwarden/agent-7.token
//   host = github.com                 repeatable; github.com when there is none
//   host = http://127.0.0.1:8080      plain http for a loopback host alone
//   repository = acme/widgets         repeatable; all that the workspace has when there is none
//   ca_file = /etc/hubwarden/ca.pem   instead of ca_dir, for an https address
//   ca_dir = /etc/ssl/certs
//   record = off                      ask hubwarden at every call
//
// Errors name the file and the line and, for an unknown key, the nearest valid one.

#include <string>
#include <string_view>
#include <vector>

#include "apps/git-credential-hubwarden/address.h"
#include "base/error.h"
#include "policy/names.h"
#include "policy/workspace_id.h"

namespace hubwarden::git_credential {

struct Settings {
  Settings(Address address_, policy::WorkspaceId workspace_)
      : address(std::move(address_)), workspace(std::move(workspace_)) {}

  Address address;
  policy::WorkspaceId workspace;
  std::string token_file;                        // empty: from the environment
  std::vector<std::string> hosts;                // "https://github.com", "http://127.0.0.1:8080"
  std::vector<policy::Repository> repositories;  // empty: any
  std::string ca_file;
  std::string ca_dir = "/etc/ssl/certs";
  bool keeps_record = true;
};

// A larger file is no configuration of ours.
inline constexpr std::size_t kMaxSettings = 64 << 10;

// `name` stands in messages.
Result<Settings> parse_settings(std::string_view text, std::string_view name);
Result<Settings> read_settings(const std::string& file);
// Where they are: `named` if it is not empty, else $HUBWARDEN_CREDENTIAL_CONFIG, else
// $XDG_CONFIG_HOME/hubwarden/credential, else ~/.config/hubwarden/credential.
Result<std::string> find_settings_file(const std::string& named);

// "https://host[:port]" from "host[:port]", or a loopback "http://host:port" as it is.
Result<std::string> parse_host(std::string_view text);

}  // namespace hubwarden::git_credential

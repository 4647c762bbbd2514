#pragma once

// `hubwarden exec -- COMMAND …`: runs a command with a fresh token for the repository around it, in its
// environment alone. Without a token file the command takes this process's place, so that signals and its
// exit status are its own; with one, this process stays, keeps the file fresh, passes signals on, and ends as
// the command did.

#include <string>
#include <vector>

namespace hubwarden::apps {

struct ExecOptions {
  std::string settings_file;  // empty: the one that git's configuration names, else the helper's usual one
  std::string repository;     // owner/name; empty: the one around the working directory
  std::string host;           // empty: that repository's, else the settings' first
  std::vector<std::string> variables;  // get the token, too
  bool keeps_file = false;             // HUBWARDEN_TOKEN_FILE names a file that always holds a living token
  std::vector<std::string> command;
};

// The command's own exit status. As env(1) has it: 125 there is no token, 126 the command cannot be run, 127
// it is not found; 2 options that do not fit.
int run_exec(const ExecOptions& options);

}  // namespace hubwarden::apps

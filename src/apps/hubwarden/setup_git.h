#pragma once

// `hubwarden setup-git`: makes git ask hubwarden for a host's passwords, and undoes it.
//
//   [credential "https://github.com"]
//           useHttpPath = true                 # git tells which repository it is about
//           helper =                           # whoever stood before comes again behind ours
//           helper = /usr/bin/git-credential-hubwarden --config /var/lib/agent/hubwarden/credential
//           helper = store                     # was there before
//
// Done twice it changes nothing. What is there is kept: git edits a copy under git's own lock, and the copy
// takes the file's place at once or not at all. Talks on stdout, warns on stderr.

#include <string>
#include <vector>

namespace hubwarden::apps {

struct SetupGitOptions {
  enum class Action { kInstall, kRemove };
  enum class Target { kGlobal, kLocal, kFile };

  Action action = Action::kInstall;
  Target target = Target::kGlobal;
  std::string git_file;  // for Target::kFile

  // What git-credential-hubwarden is told; see its settings.h. `address`, `workspace` are needed to install.
  std::string address;
  std::string workspace;
  std::string token_file;          // empty: from the environment
  std::vector<std::string> hosts;  // empty: github.com
  std::vector<std::string> repositories;
  std::string ca_file;

  std::string settings_file;  // empty: $XDG_CONFIG_HOME/hubwarden/credential, else ~/.config/…
  std::string program;        // git-credential-hubwarden; empty: the one beside this program
};

// The exit status: 0 done, 1 failed (git, a file), 2 options that do not fit, 3 settings that are not valid.
int run_setup_git(const SetupGitOptions& options);

}  // namespace hubwarden::apps

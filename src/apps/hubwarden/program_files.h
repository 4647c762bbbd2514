#pragma once

// Where the programs and files are that git's configuration leads to.

#include <string>
#include <vector>

#include "apps/hubwarden/helper_chain.h"
#include "base/error.h"

namespace hubwarden::apps {

// git-credential-hubwarden beside this program.
Result<std::string> program_beside_us();

// The credential helper that this chain runs as git-credential-hubwarden, as a path: git finds a name without
// `/` on PATH. The one beside this program when the chain has none.
std::string helper_program(const std::vector<ConfigEntry>& chain);

// "https://github.com": the host for which the last entry runs git-credential-hubwarden; empty without one,
// or when that one is for all hosts.
std::string helper_host_of(const std::vector<ConfigEntry>& entries);

// The `--config` of the last entry that runs git-credential-hubwarden, for whatever host; empty without one.
std::string settings_file_of(const std::vector<ConfigEntry>& entries);

}  // namespace hubwarden::apps

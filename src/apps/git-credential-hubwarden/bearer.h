#pragma once

// The workspace's own token, by which hubwarden knows who asks. From HUBWARDEN_WORKSPACE_TOKEN, else the file
// named by HUBWARDEN_WORKSPACE_TOKEN_FILE, else the file that the settings name. Never from the command line,
// which every process of the machine can read.

#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace hubwarden::git_credential {

inline constexpr std::size_t kMaxBearer = 4096;

// `token_file` is the settings' own.
Result<Secret> find_bearer(const std::string& token_file);

// The file belongs to this user or root, and nobody else may read it. One line; its end is dropped.
Result<Secret> read_bearer(const std::string& file);

}  // namespace hubwarden::git_credential

#pragma once

// Private keys of Apps on disk, as if they had been downloaded from GitHub.

#include <filesystem>
#include <string>

#include "base/error.h"
#include "sandbox/model.h"

namespace hubwarden::sandbox {

// A new file in `directory`, readable by its owner alone; the answer is its path.
Result<std::string> write_key_file(const std::filesystem::path& directory, AppId app, const KeyPair& key);

}  // namespace hubwarden::sandbox

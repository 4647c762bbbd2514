#pragma once

// What git says about differences: pure functions, tested without git.

#include <string_view>
#include <vector>

#include "sandbox/model.h"

namespace hubwarden::sandbox {

// The output of `git diff --raw --numstat -z --no-abbrev -M`, and of `git diff -M` for the same two commits.
std::vector<ChangedFile> parse_changes(std::string_view summary, std::string_view patches);

}  // namespace hubwarden::sandbox

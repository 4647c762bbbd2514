#pragma once

// What git says about differences: pure functions, tested without git.

#include <optional>
#include <string_view>
#include <vector>

#include "sandbox/model.h"

namespace hubwarden::sandbox {

// For `git show -s`: what parse_commit() reads.
inline constexpr std::string_view kCommitFormat = "--format=%H%n%T%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%B";
std::optional<Commit> parse_commit(std::string_view output);

// The output of `git diff --raw --numstat -z --no-abbrev -M`, and of `git diff -M` for the same two commits.
std::vector<ChangedFile> parse_changes(std::string_view summary, std::string_view patches);

}  // namespace hubwarden::sandbox

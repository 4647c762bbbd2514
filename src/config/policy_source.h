#pragma once

// The policies that the configuration names, the one in force and the one on trial, and the issuers' keys
// that lie in files.

#include <expected>
#include <vector>

#include "config/config.h"
#include "config/files.h"
#include "config/problem.h"

namespace hubwarden::config {

// What is at the paths of `named`. All problems: those of a policy with its own lines, those of keys with
// `origin`, where the path stands.
std::expected<PolicySource, std::vector<Problem>> read_policy(const PolicySource& named, const Origin& origin,
                                                              const FileReader& files);

}  // namespace hubwarden::config

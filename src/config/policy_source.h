#pragma once

// The policy that the configuration names, and the issuers' keys that lie in files.

#include <expected>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/files.h"
#include "config/problem.h"

namespace hubwarden::config {

// All problems: those of the policy with its own lines, those of keys with `origin`, where the path stands.
std::expected<PolicySource, std::vector<Problem>> read_policy(const std::string& path, const Origin& origin,
                                                              const FileReader& files);

}  // namespace hubwarden::config

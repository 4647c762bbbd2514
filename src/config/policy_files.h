#pragma once

// The policy from where it is kept: one YAML file, or a directory of them.
//
//   const auto policy = config::load_policy("/etc/hubwarden/policy.d", config::SystemFiles());
//   if (!policy) for (const Problem& problem : policy.error()) complain(problem.text());
//
// Of a directory: each *.yaml and *.yml in it, in the order of their names, put together to one policy
// (policy.h). Hidden ones, such as editors and Kubernetes leave there, are passed by.

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "config/files.h"
#include "config/policy.h"
#include "config/problem.h"

namespace hubwarden::config {

std::expected<Policy, std::vector<Problem>> load_policy(const std::string& path, const FileReader& files);

// A file for each team of a large company; each has up to kMaxDocumentBytes.
inline constexpr std::size_t kMaxPolicyFiles = 256;

}  // namespace hubwarden::config

#pragma once

// POST /app/installations/{id}/access_tokens, the deciding part: what was asked, what is granted, and
// GitHub's refusals.
//
// Traps that are GitHub's and kept on purpose: `"permissions": {}` and empty lists narrow nothing, they mint
// everything; one bad repository or permission fails the whole request; metadata:read is always added.

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/world.h"

namespace hubwarden::sandbox {

struct Refusal {
  int status;
  std::string message;
};

struct MintAsk {
  std::vector<std::string> repositories;  // names without the owner
  std::vector<std::int64_t> repository_ids;
  std::map<std::string, std::string> permissions;
};

struct MintGrant {
  std::optional<std::set<RepositoryId>> repositories;  // present only when the request narrowed them
  Permissions permissions;
};

// GitHub's bound on the repositories that one token may be narrowed to.
inline constexpr std::size_t kMaxMintRepositories = 500;

std::expected<MintAsk, Refusal> parse_mint(std::string_view body);
std::expected<MintGrant, Refusal> decide_mint(const MintAsk& ask, const Installation& installation,
                                              const World& world);

}  // namespace hubwarden::sandbox

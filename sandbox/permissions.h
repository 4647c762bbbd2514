#pragma once

// What a GitHub App, an installation or a token may do, in GitHub's words, and what an endpoint asks for.

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hubwarden::sandbox {

enum class Level { kRead = 1, kWrite = 2, kAdmin = 3 };

std::string_view to_string(Level level);
std::optional<Level> parse_level(std::string_view text);

using Permissions = std::map<std::string, Level, std::less<>>;

// The lower level of each permission that stands in both.
Permissions common(const Permissions& a, const Permissions& b);
bool grants(const Permissions& permissions, std::string_view name, Level level);

// `accepted` is the grammar of GitHub's header X-Accepted-GitHub-Permissions: `,` joins what is needed
// together,
// `;` separates alternatives ("issues=read; pull_requests=read"). An empty text asks for nothing.
bool satisfies(const Permissions& permissions, std::string_view accepted);

// "contents:read,metadata:read": for counters and events.
std::string text_of(const Permissions& permissions);

}  // namespace hubwarden::sandbox

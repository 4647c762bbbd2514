#pragma once

// The permissions that GitHub Apps can have, by their names in the API.
//
//   is_permission("pull_requests")
//   near_permission("pull_request")     // "pull_requests"
//
// For what people write, where a slip should be told at once; GitHub's own word counts for what it answers,
// because its published lists are not complete. Threads: all.

#include <string_view>

namespace hubwarden::catalogue {

bool is_permission(std::string_view name);
// Empty if there is none that is nearly it.
std::string_view near_permission(std::string_view name);

}  // namespace hubwarden::catalogue

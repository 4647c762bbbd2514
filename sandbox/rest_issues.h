#pragma once

// Routes of issues and their comments. A pull request is an issue too.

#include <cstdint>
#include <optional>
#include <string_view>

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step list_issues(Context context);
Step create_issue(Context context);
Step get_issue(Context context);
Step update_issue(Context context);
Step list_comments(Context context);
Step create_comment(Context context);

// The issue or pull request whose number the path has under this name.
Issue* issue_named(const Context& context, std::string_view parameter);
// What somebody writes.
struct NewIssue {
  AppId author{0};
  std::string title;
  std::optional<std::string> body;
};
// Under the repository's next number; nullptr when the repository is full.
Issue* add_issue(World& world, Repository& repository, NewIssue wanted, TimePoint now);
// Whether `issue` is among those that the query's `state` asks for: "open" unless it says otherwise.
bool has_wanted_state(const Call& call, const Issue& issue);
// 422 for another `state` than open, closed and all.
std::optional<http::Response> check_state(const Exchange& exchange, std::string_view resource);

// Puts labels on an issue; GitHub makes those that it does not know.
void put_labels(World& world, Repository& repository, Issue& issue, const std::vector<std::string>& names);

}  // namespace hubwarden::sandbox

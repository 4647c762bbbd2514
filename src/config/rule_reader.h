#pragma once

// The rules of a policy's file, one by one.

#include <optional>
#include <string>
#include <vector>

#include "config/node_reader.h"
#include "rules/rule.h"

namespace hubwarden::config {

// What rules may name of the rest of the file.
struct Names {
  std::vector<std::string> issuers;
  std::vector<std::string> operators;
};

// Nothing when there is something to complain about.
std::optional<rules::Rule> read_rule(const Node& node, const Names& names, Complaints& complaints);

// {contents: write, issues: read}. Nothing, with a complaint, for a permission that GitHub does not have.
std::optional<policy::PermissionSet> read_permissions(const Node& node, Complaints& complaints);
// Empty, with a complaint for each entry that is none.
catalogue::OperationSet read_operations(const Node& node, std::string_view what, Complaints& complaints);
// A name that can stand in messages and URLs: [a-z0-9][a-z0-9-]{0,62}.
bool is_name(std::string_view text);

}  // namespace hubwarden::config

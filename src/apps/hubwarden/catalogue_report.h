#pragma once

// What `hubwarden catalogue` prints about an operation, for people and for programs. Pure.

#include <optional>
#include <string>

#include "catalogue/match.h"
#include "catalogue/operation.h"

namespace hubwarden::apps {

// Id, method, path and permissions, separated by tabs.
std::string operation_line(const catalogue::Operation& operation);
// All that is known of it, some lines; with the parameters of the path by which it was found, if it was.
std::string operation_text(const catalogue::Operation& operation,
                           const std::optional<catalogue::Match>& found);
// One object on one line: docs/catalogue.md, "For programs".
std::string operation_json(const catalogue::Operation& operation,
                           const std::optional<catalogue::Match>& found);

}  // namespace hubwarden::apps

#pragma once

// What callers call an operation: GitHub's id, or one of seven short names of our own.
//
//   Result<Named> named = parse_operation_name("create_issue");
//   named->operation.id();                              // "issues/create"
//   named->name();                                      // "create_issue"
//   parse_operation_name("issues/craete").error().message();   // … did you mean issues/create?
//
// A short name is narrower than the id that it stands for: its parameters are fully typed, and
// create_pull_request_comment is on pull requests only. Threads: all. Pages: docs/catalogue.md.

#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "catalogue/operation.h"

namespace hubwarden::catalogue {

enum class ShortName {
  kPullRequestMetadata,
  kPullRequestFiles,
  kRepositoryMetadata,
  kRepositoryIssues,
  kCreateIssue,
  kCreatePullRequestComment,
  kCreateCheckRun,
};

std::string_view to_string(ShortName name);  // "create_issue"
std::span<const ShortName> short_names();    // all seven, reads first
Operation operation_of(ShortName name);

struct Named {
  Operation operation;
  std::optional<ShortName> short_name;  // set if that is what it was called by

  std::string_view name() const;  // as it was called
  friend bool operator==(const Named&, const Named&) = default;
};

// `invalid_request` if there is no such operation; the message names it, and a near miss if there is one.
Result<Named> parse_operation_name(std::string_view text);

}  // namespace hubwarden::catalogue

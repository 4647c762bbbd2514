#pragma once

// What differs between two policies: issuers and operators as well as what rules/book_diff.h tells of rules.
//
//   for (const rules::Change& change : differences(before, after)) …
//
// Pure.

#include <vector>

#include "config/policy.h"
#include "rules/book_diff.h"

namespace hubwarden::config {

std::vector<rules::Change> differences(const Policy& before, const Policy& after);

}  // namespace hubwarden::config

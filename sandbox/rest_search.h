#pragma once

// The search among issues and pull requests: of what the caller may see, by the usual qualifiers.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

// repo:, org:, user:, is:, type:, state: and label: narrow; other qualifiers are ignored; words are looked
// for in title and body.
Step search_issues(Context context);

}  // namespace hubwarden::sandbox

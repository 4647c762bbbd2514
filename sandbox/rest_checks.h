#pragma once

// Routes of check runs.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step create_check(Context context);
Step get_check(Context context);
Step update_check(Context context);
// By a SHA, a branch or a tag.
Step list_checks(Context context);

}  // namespace hubwarden::sandbox

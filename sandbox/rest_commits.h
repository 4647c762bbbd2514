#pragma once

// Routes of branches and commits: what git has.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step list_branches(Context context);
Step get_branch(Context context);
Step get_commit(Context context);

}  // namespace hubwarden::sandbox

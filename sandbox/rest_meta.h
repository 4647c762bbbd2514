#pragma once

// Routes about GitHub itself.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step get_root(Context context);
Step get_meta(Context context);
Step get_rate_limit(Context context);
Step get_user(Context context);

}  // namespace hubwarden::sandbox

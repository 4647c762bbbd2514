#pragma once

// Routes of repositories and their contents.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step get_repository(Context context);
Step get_contents(Context context);
Step put_contents(Context context);

}  // namespace hubwarden::sandbox

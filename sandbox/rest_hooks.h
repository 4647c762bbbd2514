#pragma once

// Routes of an App's webhook deliveries.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step list_deliveries(Context context);
Step get_delivery(Context context);

}  // namespace hubwarden::sandbox

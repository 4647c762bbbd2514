#pragma once

// Routes of the labels on an issue or a pull request.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step list_issue_labels(Context context);
Step add_labels(Context context);
Step set_labels(Context context);
Step remove_label(Context context);
Step remove_all_labels(Context context);

}  // namespace hubwarden::sandbox

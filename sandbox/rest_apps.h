#pragma once

// Routes of Apps and installations.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step get_app(Context context);
Step list_installations(Context context);
Step get_installation(Context context);
Step delete_installation(Context context);
Step create_access_token(Context context);
Step suspend_installation(Context context);
Step unsuspend_installation(Context context);
Step get_account_installation(Context context);
Step get_repository_installation(Context context);
Step list_installation_repositories(Context context);
Step revoke_token(Context context);

}  // namespace hubwarden::sandbox

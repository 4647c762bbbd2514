#pragma once

// The control port's routes.

#include <boost/json/value.hpp>

#include "sandbox/control.h"

namespace hubwarden::sandbox {

using ControlAnswer = Result<boost::json::value>;

// /repositories/{id}… or /repositories/{owner}/{name}…
Result<RepositoryId> named_repository(ControlContext& context);

ControlAnswer show_state(ControlContext& context);
ControlAnswer create_account(ControlContext& context);
ControlAnswer create_app(ControlContext& context);
ControlAnswer delete_app(ControlContext& context);
ControlAnswer create_key(ControlContext& context);
ControlAnswer delete_key(ControlContext& context);
ControlAnswer create_installation(ControlContext& context);
ControlAnswer change_installation(ControlContext& context);
ControlAnswer remove_installation(ControlContext& context);
ControlAnswer revoke_installation_tokens(ControlContext& context);
ControlAnswer revoke_one_token(ControlContext& context);
ControlAnswer create_repository(ControlContext& context);
ControlAnswer change_repository(ControlContext& context);
ControlAnswer remove_repository(ControlContext& context);

ControlAnswer create_pull_request(ControlContext& context);

ControlAnswer change_hook(ControlContext& context);
ControlAnswer create_delivery(ControlContext& context);

ControlAnswer show_settings(ControlContext& context);
ControlAnswer change_settings(ControlContext& context);
ControlAnswer create_fault(ControlContext& context);
ControlAnswer list_faults(ControlContext& context);
ControlAnswer clear_faults(ControlContext& context);
ControlAnswer delete_fault(ControlContext& context);
ControlAnswer show_counters(ControlContext& context);
ControlAnswer show_events(ControlContext& context);
ControlAnswer show_requests(ControlContext& context);
ControlAnswer change_rate_limit(ControlContext& context);
ControlAnswer list_routes(ControlContext& context);
ControlAnswer reset(ControlContext& context);

}  // namespace hubwarden::sandbox

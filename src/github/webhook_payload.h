#pragma once

// A webhook's payload that is parsed already: what the list of deliveries gives. Private to github/; others
// include webhook.h.

#include <boost/json/object.hpp>

#include "github/webhook.h"

namespace hubwarden::github {

Result<Webhook> read_webhook(WebhookEvent event, const boost::json::object& payload);

}  // namespace hubwarden::github

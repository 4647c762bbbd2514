#pragma once

// Handles as JSON, both ways. Pure. Source: docs/http-api.md, "Handles".

#include <boost/json/object.hpp>

#include "auth/handles.h"
#include "auth/page.h"
#include "base/error.h"
#include "store/handle.h"

namespace hubwarden::delivery {

// {"repository", "host", "operations": ["read", …], "expires_in": "1h", "priority",
//  "budget": {"concurrent", "requests", "bytes"}}: all but the first may be missing.
Result<auth::HandleWish> parse_handle_wish(const boost::json::object& body);

boost::json::object to_json(const store::Handle& handle);  // never the handle itself
boost::json::object to_json(const auth::HandlePage& page);

}  // namespace hubwarden::delivery

#pragma once

// Approvals as JSON: docs/approvals.md.

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "auth/page.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/approval.h"

namespace hubwarden::delivery {

// What it is about, whose it is, and what became of it by now; not the parameters.
boost::json::object to_json(const store::Approval& approval, TimePoint now);
boost::json::object to_json_with_parameters(const store::Approval& approval, TimePoint now);
boost::json::object to_json(const auth::ApprovalPage& page, TimePoint now);

// {"reason": "…"}, or nothing at all. `invalid_request`.
Result<std::string> parse_reason(std::string_view body);

}  // namespace hubwarden::delivery

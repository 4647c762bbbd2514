#pragma once

// A budget as callers write it: {"concurrent": 8, "requests": 100, "bytes": 26214400}.

#include <boost/json/object.hpp>

#include "base/error.h"
#include "policy/budget_limits.h"

namespace hubwarden::delivery {

// The member "budget" of a body; what it leaves out is as in `usual`. `invalid_request`, naming the member.
Result<policy::BudgetLimits> parse_budget(const boost::json::object& body, const policy::BudgetLimits& usual);

}  // namespace hubwarden::delivery

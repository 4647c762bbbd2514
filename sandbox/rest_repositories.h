#pragma once

// Routes of repositories, their contents, issues and comments.

#include <boost/json/object.hpp>

#include "base/error.h"
#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

Step get_repository(Context context);
Step get_contents(Context context);
Step put_contents(Context context);

Step list_issues(Context context);
Step create_issue(Context context);
Step get_issue(Context context);
Step list_comments(Context context);
Step create_comment(Context context);

// The body as a JSON object, or GitHub's 400.
std::expected<boost::json::object, http::Response> json_body(const Exchange& exchange);

}  // namespace hubwarden::sandbox

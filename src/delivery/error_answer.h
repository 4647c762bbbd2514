#pragma once

// Error codes as HTTP: the one mapping of codes to statuses. Source: docs/errors.md.

#include <string_view>

#include "base/error.h"
#include "http/handler.h"

namespace hubwarden::delivery {

int status_of(ErrorCode code);

// The token endpoints' older promise: whatever kept hubwarden from a token is 500; what the caller did keeps
// its own status, and so does "nothing is configured".
int token_status_of(const Error& error);

// {"error", "message", "fix", …}: docs/errors.md, "Shape".
http::Response error_answer(const Error& error, int status, std::string_view request_id);
http::Response error_answer(const Error& error, std::string_view request_id);

}  // namespace hubwarden::delivery

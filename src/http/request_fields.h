#pragma once

// What a request to others may say in its header, whoever writes it.

#include "base/error.h"
#include "http/client.h"

namespace hubwarden::http {

// invalid_request for fields and credentials that HTTP does not allow, and for fields that are the client's
// own.
Result<> check_fields(const ClientRequest& request);

}  // namespace hubwarden::http

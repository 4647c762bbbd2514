#pragma once

// A body that ends before its time: the fault of a broken connection.

#include "http/handler.h"

namespace hubwarden::sandbox {

// The answer keeps its headers and the length that it announces, and breaks off half-way (a stream: after its
// first piece). An answer without a body stays whole.
void cut_body(http::Response& answer);

}  // namespace hubwarden::sandbox

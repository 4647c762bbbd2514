#pragma once

// Which operations behave, and who serves them. Every other route is answered by minimal_answer().

#include <string_view>

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

using Serve = Step (*)(Context);

// nullptr when there is none.
Serve handler_of(std::string_view operation);

}  // namespace hubwarden::sandbox

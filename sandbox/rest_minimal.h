#pragma once

// The answer of a route that the sandbox knows but does not play: the documented success with as little in it
// as its form allows, so that what is tested is who may call it.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

// 400 for a body that is no JSON, as everywhere.
Step minimal_answer(Context context);

}  // namespace hubwarden::sandbox

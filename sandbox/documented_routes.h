#pragma once

// Every route of GitHub's REST API as it is documented: made from data/github-rest/ when the sandbox is
// built.
//
//   for (const Route& route : documented_routes()) …
//
// Constant data; nothing runs at the start of a program.

#include <span>

#include "sandbox/routes.h"

namespace hubwarden::sandbox {

std::span<const Route> documented_routes();

}  // namespace hubwarden::sandbox

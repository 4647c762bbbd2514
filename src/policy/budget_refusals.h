#pragma once

// Why a budget refuses: errors with the code `budget_exceeded`. What no wait cures has `fix: caller`.

#include <cstdint>
#include <string>

#include "base/error.h"

namespace hubwarden::policy {

Error requests_spent(std::uint64_t limit);
Error bytes_spent(std::uint64_t limit);
// A call in flight will give back what is missing: `fix: wait`.
Error in_use(const std::string& what);
Error slots_in_use(std::uint64_t limit);
Error bytes_in_use();

}  // namespace hubwarden::policy

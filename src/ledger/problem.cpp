#include "ledger/problem.h"

#include <array>

namespace hubwarden::ledger {

std::string_view to_string(Problem::What what) {
  constexpr std::array<std::string_view, 7> kNames = {"changed",   "removed",       "reordered", "duplicated",
                                                      "truncated", "bad_signature", "too_much"};
  return kNames[static_cast<std::size_t>(what)];
}

}  // namespace hubwarden::ledger

#pragma once

// What every fuzz target has: bytes come in, and whatever does not hold for all of them stops the process.
//
//   void hubwarden::fuzz::target(std::string_view bytes) { HW_CHECK(parse(bytes) …); }

#include <string_view>

namespace hubwarden::fuzz {

void target(std::string_view bytes);

// Takes the bytes up to the first NUL away, for targets that read several texts.
std::string_view take_text(std::string_view& bytes);

}  // namespace hubwarden::fuzz

#pragma once

// Lengths of time as Redis takes them.

#include <chrono>
#include <string>

#include "base/clock.h"

namespace hubwarden::fleet {

inline std::string milliseconds(Duration length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count());
}

}  // namespace hubwarden::fleet

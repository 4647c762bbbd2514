#pragma once

// Deletes a key that still holds the value which its owner knows.

#include "redis/script.h"

namespace hubwarden::fleet {

inline constexpr redis::Script kDeleteIfSame(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0");

}  // namespace hubwarden::fleet

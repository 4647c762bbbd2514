#pragma once

// HW_CHECK stops the process when something that cannot happen has happened. Never for input.

#include <cstdio>
#include <cstdlib>

#define HW_CHECK(condition)                                                              \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)

#pragma once

// A body of as many bytes as one likes, which nobody holds: for answers that have to be streamed.

#include <cstdint>

#include "http/handler.h"

namespace hubwarden::sandbox {

// The shortest: {"padding":""}
inline constexpr std::uint64_t kMinLargeBody = 14;
inline constexpr std::uint64_t kMaxLargeBody = 8ULL * 1024 * 1024 * 1024;

// One JSON object of exactly `bytes` bytes, told by Content-Length.
void put_large_body(http::Response& answer, std::uint64_t bytes);

}  // namespace hubwarden::sandbox

#pragma once

namespace hubwarden::http {

// Starts libcurl once per process. From then on it wipes what it frees, for request heads and proxy passwords
// pass through its own buffers.
void start_curl();

}  // namespace hubwarden::http

#pragma once

// How the configuration reaches other servers.

#include <chrono>
#include <vector>

#include "config/config.h"
#include "http/curl_options.h"
#include "net/loops.h"

namespace hubwarden::apps {

// What is under way at the stop has so long.
inline constexpr std::chrono::milliseconds kClientGrace(2000);

http::CurlOptions client_options(const config::Outbound& outbound);
std::vector<net::Executor> executors(const net::Loops& loops);

}  // namespace hubwarden::apps

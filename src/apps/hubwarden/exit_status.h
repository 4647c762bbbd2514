#pragma once

namespace hubwarden::apps {

// The same for every hubwarden program.
enum ExitStatus { kDone = 0, kFailed = 1, kWrongUsage = 2, kConfigurationError = 3, kNotReachable = 4 };

}  // namespace hubwarden::apps

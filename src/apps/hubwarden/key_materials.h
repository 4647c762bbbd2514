#pragma once

// What keys of hubwarden's own are derived from: the secrets that are configured for them, or else the first
// App's key, so that a fleet with one App needs no further secret.

#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/shared_secret.h"
#include "config/config.h"

namespace hubwarden::apps {

// At least one. `purpose` makes what is derived from the App's key good for nothing else. The error says
// whether there is no App, or its key cannot be read.
Result<std::vector<Secret>> key_materials(const std::vector<SharedSecret>& configured,
                                          const std::vector<config::App>& apps, std::string_view purpose);

}  // namespace hubwarden::apps

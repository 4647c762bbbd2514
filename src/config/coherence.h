#pragma once

// Checks between values that are each right by themselves, and what follows from them.

#include <vector>

#include "config/problem.h"
#include "config/schema.h"
#include "config/settings.h"

namespace hubwarden::config {

// Makes an App of what was given, which must be enough for one. `at` and `prefix` ("github.", "")
// name it in problems.
void complete_app(AppDraft& draft, const Settings& settings, const Origin& at, const std::string& prefix,
                  std::vector<Problem>& problems);

// Apps that cannot be told apart. `origins` says where each of them stands.
void check_apps(const std::vector<App>& apps, const std::vector<Origin>& origins,
                std::vector<Problem>& problems);

// Plugins that cannot be told apart, that lack what every one needs, or that would never be asked.
void check_plugins(const Config& config, const std::vector<Origin>& origins, std::vector<Problem>& problems);

// Thresholds, pairs that need each other, and what is allowed but unwise.
void check_coherence(const Config& config, const Settings& settings, std::vector<Problem>& problems,
                     std::vector<Problem>& warnings);

// Why not to serve with this: the operator's routes, without TLS, on an address that others can reach. Empty
// when there is nothing of the kind.
std::vector<Problem> exposed_without_tls(const Config& config);

}  // namespace hubwarden::config

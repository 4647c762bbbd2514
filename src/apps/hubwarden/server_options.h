#pragma once

// The options that all commands share which ask a running hubwarden.

#include <CLI/CLI.hpp>

#include "apps/hubwarden/client_commands.h"

namespace hubwarden::apps {

void add_server_options(CLI::App& command, ServerOptions& server);

}  // namespace hubwarden::apps

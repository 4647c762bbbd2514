#pragma once

// The command line of `hubwarden approvals`.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "apps/hubwarden/client_commands.h"

namespace hubwarden::apps {

struct WantedApproval {
  std::string id;
  std::string state = "pending";  // of a list
  std::string reason;
};

// `run` becomes the command that was given. All outlive the parsing.
void add_approvals(CLI::App& app, ServerOptions& server, WantedApproval& wanted, std::function<int()>& run);

}  // namespace hubwarden::apps

#pragma once

// `hubwarden serve`: from a configuration to a running server and its signals.

#include <optional>
#include <string>

namespace hubwarden::apps {

struct ServeOptions {
  std::optional<std::string> config_path;
  // Written when requests are served: {"pid", "ports"}.
  std::optional<std::string> ready_file;
  // Serve even where config::exposed_without_tls() says that tokens would cross a network in the clear.
  bool i_know = false;
};

// The exit status: 0 done, 1 failed, 3 configuration.
int run_serve(const ServeOptions& options);

}  // namespace hubwarden::apps

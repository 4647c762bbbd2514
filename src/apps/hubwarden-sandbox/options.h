#pragma once

// The command line of hubwarden-sandbox.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "sandbox/settings.h"

namespace hubwarden::sandbox {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;          // 0: any free one
  std::uint16_t files_port = 0;    // of the origin that redirects lead to
  std::uint16_t control_port = 0;  // always on 127.0.0.1
  std::filesystem::path data;      // empty: a temporary directory that goes with the program
  std::filesystem::path ready_file;
  Settings settings;
  bool seed_demo = false;
  bool verbose = false;
};

// Nothing when the program is to end at once, with `exit_code`: help was asked for, or the usage was wrong.
struct Parsed {
  std::optional<Options> options;
  int exit_code = 0;
};
Parsed parse_options(int argc, char** argv);

}  // namespace hubwarden::sandbox

#pragma once

// Reads the configuration: a file, over it the environment, under both the defaults of config.h.
//
//   const auto loaded = config::load({.path = "/etc/hubwarden/hubwarden.yaml"}, environment, SystemFiles());
//   if (!loaded) for (const Problem& problem : loaded.error()) complain(problem.text());
//
// Without a path: ./hubwarden.yaml, else /etc/hubwarden/hubwarden.yaml, else no file at all. All problems are
// found, not only the first; warnings are for what works but should not stay so. No message ever holds a
// secret. Blocking (it reads files); for start-up and for a worker at reload. Safe to call from any thread.

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/files.h"
#include "config/problem.h"
#include "config/secrets.h"

namespace hubwarden::config {

struct Arguments {
  std::optional<std::string> path;  // of --config
};

struct Loaded {
  Loaded() = default;

  Config config;
  std::optional<std::string> path;  // of the file that was read
  std::vector<Problem> warnings;
};

std::expected<Loaded, std::vector<Problem>> load(const Arguments& arguments, const Environment& environment,
                                                 const FileReader& files);

// The process's own environment, in the form that load() takes.
Environment process_environment();

}  // namespace hubwarden::config

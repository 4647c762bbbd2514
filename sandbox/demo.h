#pragma once

// A small world to begin with: the organization `acme`, its private repositories `widgets` and `gadgets` with
// a commit each, and an App installed on all of it.

#include <filesystem>
#include <string>

#include "sandbox/github.h"

namespace hubwarden::sandbox {

struct Demo {
  Demo() = default;
  AppId app{0};
  std::string client_id;
  std::string private_key_file;
  InstallationId installation{0};
};

net::Task<Result<Demo>> seed_demo(GitHub& github, std::filesystem::path key_directory);

}  // namespace hubwarden::sandbox

#pragma once

// Runs git and reads what it prints. No shell; standard error stays this program's own.

#include <string>
#include <vector>

#include "base/error.h"

namespace hubwarden::apps {

struct GitAnswer {
  int status = 0;  // git's exit status
  std::string output;
};

// `git` from PATH with these arguments. More output than a configuration can hold is an error.
Result<GitAnswer> run_git(const std::vector<std::string>& arguments);

}  // namespace hubwarden::apps

#pragma once

// Runs git and reads what it prints. No shell.
//
//   Result<GitAnswer> answer = run_git({"config", "--list", "-z"});
//   if (answer && answer->status == 0) use(answer->output);

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace hubwarden::apps {

struct GitAnswer {
  int status = 0;  // git's exit status
  std::string output;
  std::string errors;  // what it wrote to standard error, if that was asked for
};

// `git` from PATH with these arguments. More output than a configuration can hold is an error. Standard error
// stays this program's own.
Result<GitAnswer> run_git(const std::vector<std::string>& arguments);

// For a git that talks to others: nothing to read from, no questions to a person, standard error read as
// well, and an end to it: after `patience` it is killed with all that it started, and that is an error.
Result<GitAnswer> run_git_alone(const std::vector<std::string>& arguments, Duration patience);

}  // namespace hubwarden::apps

#pragma once

// `hubwarden doctor`: walks from git's helper to `git ls-remote` and names the first broken link, its cause
// and its remedy. It asks what git and its helper would ask, in the same way; what lies behind hubwarden it
// learns from hubwarden. It changes nothing, and shows no token.

#include <string>

namespace hubwarden::apps {

struct DoctorOptions {
  std::string settings_file;  // empty: the one that git's configuration names, else the helper's usual one
  std::string repository;     // owner/name; empty: the one around the working directory
  std::string host;           // empty: that repository's, else the settings' first
  bool json = false;
};

// The exit status: 0 all is well, that of the broken link (exit_status() of doctor_verdict.h), 2 options that
// do not fit.
int run_doctor(const DoctorOptions& options);

}  // namespace hubwarden::apps

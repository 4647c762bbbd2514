#pragma once

// What `hubwarden doctor` says, for people and for programs. Pure.

#include <optional>
#include <string>
#include <vector>

#include "apps/hubwarden/doctor_verdict.h"

namespace hubwarden::apps {

struct Report {
  std::string host;        // "https://github.com"; what is not known is empty
  std::string repository;  // "acme/widgets"
  std::string workspace;
  std::string address;  // hubwarden's
  std::optional<Finding> finding;
  std::vector<std::string> notes;  // what is well and still worth a look
};

// A line for each link, `ok`, `BROKEN` or `-` for those that were not looked at; then notes.
std::string report_text(const Report& report);
// One object on one line: docs/doctor.md, "For programs".
std::string report_json(const Report& report);

}  // namespace hubwarden::apps

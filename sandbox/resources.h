#pragma once

// What GitHub counts requests against: each kind of request has a budget of its own.
//
//   const std::string_view resource = resource_of("search/code");                 // "code_search"
//   const Allowance allowance = allowance_of(settings, resource, Party::kInstallation);
//
// The numbers are those of GitHub's own example of GET /rate_limit; settings say otherwise for some.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "sandbox/settings.h"

namespace hubwarden::sandbox {

struct Allowance {
  std::uint64_t limit;
  Duration window;
};

enum class Party { kInstallation, kAddress };

std::string_view resource_of(std::string_view operation);
Allowance allowance_of(const Settings& settings, std::string_view resource, Party party);
bool is_resource(std::string_view name);
// Those that GET /rate_limit tells.
std::span<const std::string_view> told_resources();

}  // namespace hubwarden::sandbox

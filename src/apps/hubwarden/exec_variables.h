#pragma once

// The environment variables by which programs find a token. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hubwarden::apps {

// Those that get a token of this host: GH_TOKEN and GITHUB_TOKEN for github.com, GH_ENTERPRISE_TOKEN and
// GITHUB_ENTERPRISE_TOKEN for any other, all four for a *.ghe.com, which versions of gh read differently. gh
// sends the first two to github.com whatever GH_HOST says, so that no other host's token may stand there.
std::vector<std::string> token_variables(std::string_view github_host);

// A variable's name: letters, digits and `_`, no digit first. `invalid_request`.
Result<> check_variable(std::string_view name);

}  // namespace hubwarden::apps

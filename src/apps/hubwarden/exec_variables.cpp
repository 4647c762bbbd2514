#include "apps/hubwarden/exec_variables.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::apps {

std::vector<std::string> token_variables(std::string_view github_host) {
  const std::vector<std::string> usual = {"GH_TOKEN", "GITHUB_TOKEN"};
  const std::vector<std::string> enterprise = {"GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"};
  if (github_host == "github.com") return usual;
  if (!github_host.ends_with(".ghe.com")) return enterprise;
  std::vector<std::string> all = usual;
  all.insert(all.end(), enterprise.begin(), enterprise.end());
  return all;
}

Result<> check_variable(std::string_view name) {
  const bool is_name = !name.empty() && !is_digit(name.front()) &&
                       std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
  if (is_name) return {};
  return fail(ErrorCode::kInvalidRequest, "'" + printable(name, 60) + "' is no name of a variable");
}

}  // namespace hubwarden::apps

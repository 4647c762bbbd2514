#include "policy/host_name.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::policy {
namespace {

bool may_stand_in_a_host(char c) {
  return is_alnum(c) || std::string_view("-.:[]_").find(c) != std::string_view::npos;
}

}  // namespace

Result<HostName> HostName::parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxSize || !std::ranges::all_of(text, may_stand_in_a_host))
    return fail(ErrorCode::kInvalidRequest, "host must be a host's name, like github.example.com");
  return HostName(lower(text));
}

}  // namespace hubwarden::policy

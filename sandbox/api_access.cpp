#include <string>

#include "base/check.h"
#include "base/text.h"
#include "sandbox/api.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::string_view kNotAccessible = "Resource not accessible by integration";

// Under these names a path says whose organization or enterprise it is about.
constexpr std::string_view kAccountParameters[] = {"org", "enterprise"};
// A template's repository is one like any other.
constexpr std::pair<std::string_view, std::string_view> kRepositoryParameters[] = {
    {"owner", "repo"}, {"template_owner", "template_repo"}};

struct RepositoryName {
  std::string_view owner;
  std::string_view name;
};

std::optional<RepositoryName> repository_name(const Exchange& exchange) {
  for (const auto& [owner, name] : kRepositoryParameters) {
    if (exchange.parameters.contains(name)) {
      return RepositoryName{exchange.parameter(owner), exchange.parameter(name)};
    }
  }
  return std::nullopt;
}

bool is_visible(const State& state, const Exchange& exchange, const Repository* repository) {
  if (!repository) return false;
  if (exchange.app) {
    const Installation* installed = state.world.installation_on(*exchange.app, repository->owner);
    return installed && state.world.reaches(*installed, *repository);
  }
  return exchange.access ? exchange.access->may_see(state.world, *repository) : !repository->is_private;
}

}  // namespace

http::Response Api::moved(const Exchange& exchange, const Repository& repository) const {
  // "/repos/{owner}/{repo}" is left out; the rest and the query stay.
  std::size_t rest = 0;
  for (int segment = 0; segment < 3 && rest != std::string::npos; ++segment) {
    rest = exchange.call.path.find('/', rest + 1);
  }
  std::string location = state_.urls.api + "/repositories/" + std::to_string(repository.id.value());
  if (rest != std::string::npos) location += exchange.call.path.substr(rest);
  if (!exchange.call.query.empty()) location += "?" + exchange.call.query;
  return moved_answer(exchange.reads(), location);
}

Api::Refused Api::find_repository(Exchange& exchange) const {
  const Repository* found = nullptr;
  if (exchange.repository_number) {
    const auto number = parse_number<std::uint64_t>(*exchange.repository_number);
    found = number ? state_.world.repository(RepositoryId(*number)) : nullptr;
  } else if (const auto name = repository_name(exchange)) {
    found = state_.world.repository(name->owner, name->name);
    const Repository* before = found ? nullptr : state_.world.moved(name->owner, name->name);
    const bool leads_on = exchange.call.path.starts_with("/repos/");
    if (leads_on && is_visible(state_, exchange, before)) return moved(exchange, *before);
  } else {
    return std::nullopt;
  }
  if (!is_visible(state_, exchange, found)) return exchange.not_found();
  exchange.repository = found->id;
  return std::nullopt;
}

Api::Refused Api::check_permissions(const Exchange& exchange) const {
  if (exchange.app) return std::nullopt;
  if (Refused refused = check_account(exchange)) return refused;
  if (exchange.repository) return check_repository(exchange, *state_.world.repository(*exchange.repository));
  const std::string_view accepted = exchange.route->accepted;
  if (exchange.route->caller == Caller::kAnyone || accepted.empty()) return std::nullopt;
  HW_CHECK(exchange.access.has_value());
  if (satisfies(exchange.access->permissions, accepted)) return std::nullopt;
  return exchange.refuse(403, kNotAccessible);
}

// An organization's own things are open to those who are installed there. An enterprise has its account's
// name here: the sandbox knows no others.
Api::Refused Api::check_account(const Exchange& exchange) const {
  for (const std::string_view parameter : kAccountParameters) {
    if (!exchange.parameters.contains(parameter)) continue;
    const Account* account = state_.world.account(exchange.parameter(parameter));
    if (!account || !account->is_organization) return exchange.not_found();
    if (exchange.route->caller == Caller::kAnyone) return std::nullopt;
    HW_CHECK(exchange.access.has_value());
    const Installation* mine = state_.world.installation(exchange.access->token.installation);
    if (mine->account != account->id) return exchange.refuse(403, kNotAccessible);
  }
  return std::nullopt;
}

Api::Refused Api::check_repository(const Exchange& exchange, const Repository& repository) const {
  const Route& route = *exchange.route;
  if (exchange.reads() && !repository.is_private && route.caller == Caller::kAnyone) return std::nullopt;
  HW_CHECK(exchange.access.has_value());
  if (!exchange.access->reaches(state_.world, repository) ||
      !satisfies(exchange.access->permissions, route.accepted)) {
    return exchange.refuse(403, kNotAccessible);
  }
  if (!exchange.reads() && repository.is_archived) {
    return exchange.refuse(403, "Repository was archived so is read-only.");
  }
  return std::nullopt;
}

}  // namespace hubwarden::sandbox

#include "auth/person.h"

#include <algorithm>

#include "auth/identity.h"

namespace hubwarden::auth {
namespace {

std::vector<std::string> groups_of(const Authority& authority, const rules::Caller& caller) {
  const std::vector<std::string>& claimed = caller.attributes.values("groups");
  const auto is_claimed = [&](const std::string& group) {
    return std::ranges::find(claimed, group) != claimed.end();
  };
  std::vector<std::string> names;
  for (const OperatorGroup& group : authority.groups) {
    if (group.issuer == caller.issuer && std::ranges::any_of(group.groups, is_claimed))
      names.push_back(group.name);
  }
  return names;
}

}  // namespace

std::optional<std::string> group_of(const Person& person, const std::vector<std::string>& names) {
  const auto found = std::ranges::find_if(names, [&](const std::string& name) {
    return std::ranges::find(person.groups, name) != person.groups.end();
  });
  return found == names.end() ? std::nullopt : std::optional(*found);
}

net::Task<Result<Person>> identify_person(AuthorityPtr authority, Secret jwt, const Clock& clock,
                                          SteadyPoint deadline) {
  net::Task<Result<Identity>> identifying = identify(authority, std::move(jwt), clock, deadline);
  const Result<Identity> who = co_await std::move(identifying);
  if (!who) co_return std::unexpected(who.error());
  std::vector<std::string> groups = groups_of(*authority, who->caller);
  if (groups.empty()) {
    co_return fail(ErrorCode::kForbidden, "the JWT is good, but of nobody whom the policy lets consent");
  }
  co_return Person(who->caller.issuer, who->jwt.subject(), std::move(groups));
}

}  // namespace hubwarden::auth

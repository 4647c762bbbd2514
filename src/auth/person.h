#pragma once

// A person who may consent to what rules ask consent for, as one of the policy's `operators`.
//
//   Result<Person> person = co_await identify_person(authority, std::move(jwt), clock, deadline);
//   if (is_in(*person, decision.consent->from)) …
//
// Threads: any.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/authority.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "net/task.h"

namespace hubwarden::auth {

struct Person {
  Person(std::string issuer_, std::string subject_, std::vector<std::string> groups_)
      : issuer(std::move(issuer_)), subject(std::move(subject_)), groups(std::move(groups_)) {}

  std::string issuer;               // its name in the policy
  std::string subject;              // as the issuer knows the person
  std::vector<std::string> groups;  // of operators, as the policy calls them; never none
};

// The first of `names` that the person is in; nothing: none of them.
std::optional<std::string> group_of(const Person& person, const std::vector<std::string>& names);

// By the person's own JWT, which may be shown again. As auth::identify(), and `forbidden` for who is in none
// of the policy's groups: they are those of the claim `groups`, a text or a list of them.
net::Task<Result<Person>> identify_person(AuthorityPtr authority, Secret jwt, const Clock& clock,
                                          SteadyPoint deadline);

}  // namespace hubwarden::auth

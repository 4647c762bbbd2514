#pragma once

// GitHub's links to other pages, made into addresses that the caller can use: the same request, posted there,
// gives that page.
//
//   callers_links(R"(<https://api.github.com/repositories/42/issues?page=2>; rel="next")", asked)
//   // </v1/proxy/github/rest?page=2>; rel="next"
//
// A link that does not lead to another page of the very same operation on the very same repository is left
// out. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "catalogue/operation.h"
#include "github/host.h"
#include "policy/names.h"

namespace hubwarden::delivery {

// Where callers ask for operations.
constexpr std::string_view kOperationsPath = "/v1/proxy/github/rest";

// What was asked, for telling whether something leads to the same. Views; valid for the call.
struct AskedOf {
  AskedOf(const github::Host& host_, catalogue::Operation operation_, const policy::Repository& repository_,
          std::optional<RepositoryId> id_)
      : host(host_), operation(operation_), repository(repository_), id(id_) {}

  const github::Host& host;
  catalogue::Operation operation;
  const policy::Repository& repository;
  std::optional<RepositoryId> id;  // where it is known
};

// A target below the API (as in github::RestRequest) is the same operation on the same repository, by its
// number or, unless `only_by_id`, by its name.
enum class Naming { kByIdAlone, kByIdOrName };
bool leads_to_the_same(std::string_view target, const AskedOf& asked, Naming naming);

// The value of a Link field; empty if nothing is left.
std::string callers_links(std::string_view link, const AskedOf& asked);

}  // namespace hubwarden::delivery

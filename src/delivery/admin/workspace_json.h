#pragma once

// Workspaces as JSON, both ways. Pure. Source: docs/http-api.md, "Workspaces".

#include <boost/json/object.hpp>

#include "auth/page.h"
#include "base/error.h"
#include "base/secret.h"
#include "policy/permissions.h"
#include "policy/repository_list.h"
#include "policy/workspace_id.h"
#include "store/workspace.h"

namespace hubwarden::delivery {

struct Registration {
  Registration(policy::WorkspaceId id_, policy::RepositoryList repositories_,
               policy::PermissionSet permissions_)
      : id(std::move(id_)), repositories(std::move(repositories_)), permissions(std::move(permissions_)) {}

  policy::WorkspaceId id;
  policy::RepositoryList repositories;
  policy::PermissionSet permissions;
};

// {"id", "repositories": ["owner/name", …], "permissions": {"contents": "write", …}}
Result<Registration> parse_registration(const boost::json::object& body);

boost::json::object to_json(const store::WorkspaceRecord& record);  // never a token
boost::json::object to_json(const auth::WorkspacePage& page);

}  // namespace hubwarden::delivery

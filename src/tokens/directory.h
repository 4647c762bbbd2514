#pragma once

// Where a repository's installation is: what the look-up asks GitHub.

#include <optional>

#include "base/error.h"
#include "base/ids.h"
#include "http/call_context.h"
#include "net/task.h"
#include "policy/names.h"
#include "tokens/scope.h"
#include "tokens/token.h"

namespace hubwarden::tokens {

struct Found {
  Found(InstallationId installation_, std::optional<RepositoryId> renamed_)
      : installation(installation_), renamed(renamed_) {}
  InstallationId installation;
  // Set when the name is an old one: GitHub redirected to the repository with this id.
  std::optional<RepositoryId> renamed;
};

class Directory {
 public:
  virtual ~Directory() = default;
  // `app_not_installed`: not on this repository, for whatever reason.
  virtual net::Task<Result<Found>> installation_of(AppRef app, policy::Repository repository,
                                                   http::CallContext context) = 0;
  virtual net::Task<Result<bool>> is_installed_on(AppRef app, policy::Owner owner,
                                                  http::CallContext context) = 0;
  // Whether GitHub still takes this token.
  virtual net::Task<Result<bool>> is_alive(AppRef app, TokenPtr token, http::CallContext context) = 0;
};

}  // namespace hubwarden::tokens

#pragma once

// Where the engine's tokens come from. The App is one; tests have their own.

#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/call_context.h"
#include "net/task.h"
#include "tokens/scope.h"
#include "tokens/token.h"

namespace hubwarden::tokens {

// A repository of the scope, and GitHub's answer: its id and the name that it has now.
struct MintedRepository {
  MintedRepository(policy::Repository asked_, RepositoryRef answered_)
      : asked(std::move(asked_)), answered(std::move(answered_)) {}

  policy::Repository asked;
  RepositoryRef answered;
};

// Whose token it is: what its scope says besides repositories and permissions.
struct MintedBy {
  MintedBy(AppRef app_, InstallationId installation_) : app(std::move(app_)), installation(installation_) {}

  AppRef app;
  InstallationId installation;
};

struct Minted {
  Minted(TokenPtr token_, std::vector<MintedRepository> repositories_)
      : token(std::move(token_)), repositories(std::move(repositories_)) {}

  TokenPtr token;
  std::vector<MintedRepository> repositories;  // those of the scope; empty for all
  std::optional<MintedBy> by;                  // of what is shared, unless an older hubwarden shared it
};

class Minter {
 public:
  virtual ~Minter() = default;
  // One request to GitHub, its answer verified. Errors: those of docs/errors.md for the mint.
  virtual net::Task<Result<Minted>> mint(Scope scope, http::CallContext context) = 0;
};

}  // namespace hubwarden::tokens

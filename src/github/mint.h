#pragma once

// Minting: what is asked for, what came back, and whether the second is no more than the first. Pure.
// Source: docs/tokens.md, "Scope"; docs/github-facts.md, §2.
//
//   Result<RepositoryIds> ids = RepositoryIds::make({RepositoryId(1296269)});
//   MintRequest request(installation, *ids, *PermissionSet::parse("contents:write"));
//
// GitHub answers an empty list of repositories, or an empty set of permissions, with everything. These types
// cannot hold either; whoever wants everything says AllRepositories or AllPermissions.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/secret.h"
#include "github/documents.h"
#include "policy/names.h"
#include "policy/permissions.h"

namespace hubwarden::github {

constexpr std::size_t kMaxRepositories = 500;  // GitHub's own bound for one token

class RepositoryIds {
 public:
  // Sorted, duplicates dropped. `invalid_request` for none, or more than kMaxRepositories.
  static Result<RepositoryIds> make(std::vector<RepositoryId> ids);
  const std::vector<RepositoryId>& values() const { return ids_; }
  friend bool operator==(const RepositoryIds&, const RepositoryIds&) = default;

 private:
  explicit RepositoryIds(std::vector<RepositoryId> ids) : ids_(std::move(ids)) {}
  std::vector<RepositoryId> ids_;
};

class RepositoryNames {
 public:
  // All of one owner: an installation has no other. The same bounds.
  static Result<RepositoryNames> make(std::vector<policy::Repository> names);
  const std::vector<policy::Repository>& values() const { return names_; }
  friend bool operator==(const RepositoryNames&, const RepositoryNames&) = default;

 private:
  explicit RepositoryNames(std::vector<policy::Repository> names) : names_(std::move(names)) {}
  std::vector<policy::Repository> names_;
};

struct AllRepositories {
  friend bool operator==(AllRepositories, AllRepositories) = default;
};
struct AllPermissions {
  friend bool operator==(AllPermissions, AllPermissions) = default;
};

using Repositories = std::variant<AllRepositories, RepositoryIds, RepositoryNames>;
using Permissions = std::variant<AllPermissions, policy::PermissionSet>;

struct MintRequest {
  MintRequest(InstallationId installation_, Repositories repositories_, Permissions permissions_)
      : installation(installation_),
        repositories(std::move(repositories_)),
        permissions(std::move(permissions_)) {}

  InstallationId installation;
  Repositories repositories;
  Permissions permissions;
};

// The request's body, and what it asks for in words ("contents:write"), for messages.
std::string mint_body(const MintRequest& request);
std::string permissions_text(const MintRequest& request);

struct MintedRepository {
  MintedRepository(RepositoryId id_, policy::Repository repository_)
      : id(id_), repository(std::move(repository_)) {}
  RepositoryId id;
  policy::Repository repository;
};

struct MintedToken {
  MintedToken() = default;

  Secret token;
  TimePoint expires_at;  // by GitHub's clock
  policy::PermissionSet::Map permissions;
  std::optional<RepositorySelection> selection;
  // Only of a token that was narrowed to repositories.
  std::vector<MintedRepository> repositories;
};

Result<MintedToken> read_minted_token(std::string_view body);

// Whether `got` is usable and no wider than `asked`; `now` by GitHub's clock. `upstream_protocol` otherwise,
// and then the token must be revoked and not used.
Result<> verify_minted(const MintRequest& asked, const MintedToken& got, TimePoint now);

// The token in an answer that is otherwise unusable, to revoke it; empty if there is none that a header could
// carry.
Secret token_in(std::string_view body);

constexpr std::chrono::minutes kLongestTokenLife(61);  // GitHub's hour, and a minute for clocks

}  // namespace hubwarden::github

#pragma once

// GitHub's documents, read into the few fields that hubwarden uses. Pure; `upstream_protocol` for a document
// that lacks what GitHub promises. Source: docs/github-facts.md, §3.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "github/rate_limit.h"
#include "policy/names.h"
#include "policy/permissions.h"

namespace hubwarden::github {

enum class RepositorySelection { kAll, kSelected };

// The App's presence on one owner.
struct Installation {
  Installation(InstallationId id_, policy::Owner account_) : id(id_), account(std::move(account_)) {}

  InstallationId id;
  policy::Owner account;
  std::string app_slug;
  // What the App was granted there. Levels that hubwarden does not know are left out.
  policy::PermissionSet::Map permissions;
  RepositorySelection selection = RepositorySelection::kSelected;
  std::optional<TimePoint> suspended_at;
  // The name that was asked for is a former one: GitHub redirected to the repository with this id.
  std::optional<RepositoryId> moved_to;
};

struct RepositoryDocument {
  RepositoryDocument(RepositoryId id_, policy::Repository repository_)
      : id(id_), repository(std::move(repository_)) {}

  RepositoryId id;
  policy::Repository repository;  // as GitHub calls it now; another name than was asked for after a rename
  std::optional<RateLimit> rate_limit;
};

struct AppDocument {
  explicit AppDocument(std::uint64_t id_) : id(id_) {}

  std::uint64_t id;
  std::string slug;
  std::string name;
  policy::PermissionSet::Map permissions;
};

Result<Installation> read_installation(std::string_view body);
Result<RepositoryDocument> read_repository(std::string_view body);
Result<AppDocument> read_app(std::string_view body);

}  // namespace hubwarden::github

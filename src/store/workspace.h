#pragma once

// What is kept of a workspace, as plain values. Every part was parsed at the edge and cannot be invalid.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "crypto/digest.h"
#include "policy/permissions.h"
#include "policy/repository_list.h"
#include "policy/workspace_id.h"

namespace hubwarden::store {

// Names a workspace's token without being it: random, safe to show, written as 16 hexadecimal digits.
using TokenId = Id<struct WorkspaceTokenTag>;
std::string to_text(TokenId id);
Result<TokenId> parse_token_id(std::string_view text);

struct Workspace {
  Workspace(policy::WorkspaceId name, policy::RepositoryList may_have, policy::PermissionSet may_do,
            TimePoint created)
      : id(std::move(name)),
        repositories(std::move(may_have)),
        permissions(std::move(may_do)),
        created_at(created) {}

  policy::WorkspaceId id;
  policy::RepositoryList repositories;
  policy::PermissionSet permissions;
  TimePoint created_at;  // kept in whole microseconds

  friend bool operator==(const Workspace&, const Workspace&) = default;
};

struct WorkspaceToken {
  WorkspaceToken(TokenId name, const crypto::Digest& sha256, TimePoint created,
                 std::optional<TimePoint> revoked = std::nullopt)
      : id(name), digest(sha256), created_at(created), revoked_at(revoked) {}

  TokenId id;
  crypto::Digest digest;  // SHA-256 of the token; the token itself is nowhere
  TimePoint created_at;
  std::optional<TimePoint> revoked_at;

  friend bool operator==(const WorkspaceToken&, const WorkspaceToken&) = default;
};

struct WorkspaceRecord {
  WorkspaceRecord(Workspace registered, std::vector<WorkspaceToken> with)
      : workspace(std::move(registered)), tokens(std::move(with)) {}

  Workspace workspace;
  std::vector<WorkspaceToken> tokens;  // the oldest first, revoked ones among them

  friend bool operator==(const WorkspaceRecord&, const WorkspaceRecord&) = default;
};

}  // namespace hubwarden::store

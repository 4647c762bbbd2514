#pragma once

// Who is asking, after the credential was checked. Immutable; share it freely between threads.

#include <memory>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/guarded.h"
#include "base/rate.h"
#include "policy/permissions.h"
#include "policy/repository_list.h"
#include "policy/workspace_id.h"
#include "store/workspace.h"

namespace hubwarden::auth {

// What a layer above keeps with a principal between its requests.
class Keepsake {
 public:
  virtual ~Keepsake() = default;
};

// A workspace that showed one of its tokens, as it was registered when the token was looked up.
class WorkspacePrincipal {
 public:
  // `meter` is shared by all tokens of the workspace.
  WorkspacePrincipal(std::shared_ptr<const store::Workspace> workspace, store::TokenId token_id,
                     std::shared_ptr<RateMeter> meter)
      : workspace_(std::move(workspace)), token_id_(token_id), meter_(std::move(meter)) {}

  const policy::WorkspaceId& id() const { return workspace_->id; }
  // Nothing is ever given beyond these two.
  const policy::RepositoryList& repositories() const { return workspace_->repositories; }
  const policy::PermissionSet& permissions() const { return workspace_->permissions; }
  store::TokenId token_id() const { return token_id_; }
  // How often the workspace asks.
  RateMeter& meter() const { return *meter_; }

  // Goes with the principal: whatever changes the workspace makes a new one, with nothing kept.
  std::shared_ptr<const Keepsake> keepsake() const { return *keepsake_.lock(); }
  void keep(std::shared_ptr<const Keepsake> keepsake) const { keepsake_.lock()->swap(keepsake); }

 private:
  std::shared_ptr<const store::Workspace> workspace_;  // shared by all tokens of the workspace
  store::TokenId token_id_;
  std::shared_ptr<RateMeter> meter_;
  mutable Guarded<std::shared_ptr<const Keepsake>> keepsake_;
};

enum class PrincipalKind { kAdmin, kWorkspace };

class Principal {
 public:
  static Principal admin() { return Principal(PrincipalKind::kAdmin, nullptr); }
  // Never null: a look-up that found nobody is not an admin.
  static Principal of(std::shared_ptr<const WorkspacePrincipal> workspace) {
    HW_CHECK(workspace != nullptr);
    return Principal(PrincipalKind::kWorkspace, std::move(workspace));
  }

  PrincipalKind kind() const { return kind_; }
  // For logs and limits: "admin", or the workspace's id.
  std::string_view subject() const {
    return workspace_ ? std::string_view(workspace_->id().text()) : "admin";
  }
  // Null for the admin.
  const WorkspacePrincipal* workspace() const { return workspace_.get(); }

 private:
  Principal(PrincipalKind kind, std::shared_ptr<const WorkspacePrincipal> workspace)
      : kind_(kind), workspace_(std::move(workspace)) {}

  PrincipalKind kind_;
  // Shared: a request goes on with it while the index may already have forgotten it.
  std::shared_ptr<const WorkspacePrincipal> workspace_;
};

}  // namespace hubwarden::auth

#pragma once

// A workspace that showed one of its tokens, as it was registered when the token was looked up.

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "auth/principal.h"
#include "policy/permissions.h"
#include "policy/repository_list.h"
#include "policy/workspace_id.h"
#include "store/workspace.h"

namespace hubwarden::auth {

class WorkspacePrincipal final : public Principal {
 public:
  // `meter` is shared by all tokens of the workspace.
  WorkspacePrincipal(std::shared_ptr<const store::Workspace> workspace, store::TokenId token_id,
                     std::shared_ptr<RateMeter> meter)
      : workspace_(std::move(workspace)), token_id_(token_id), meter_(std::move(meter)) {}

  const policy::WorkspaceId& id() const { return workspace_->id; }
  const policy::PermissionSet& permissions() const { return workspace_->permissions; }
  store::TokenId token_id() const { return token_id_; }

  PrincipalKind kind() const override { return PrincipalKind::kWorkspace; }
  std::string name() const override { return workspace_->id.text(); }
  // Tokens for its repositories with its permissions, cut from what the operator may.
  rules::Grant grant(const Authority& authority) const override {
    rules::Narrowing to;
    to.repositories = workspace_->repositories.items();
    to.operations.emplace();
    to.token = workspace_->permissions;
    return authority.operators.narrowed(std::move(to));
  }
  std::span<const policy::Repository> repositories() const override {
    return workspace_->repositories.items();
  }
  RateMeter* meter() const override { return meter_.get(); }

 private:
  std::shared_ptr<const store::Workspace> workspace_;  // shared by all tokens of the workspace
  store::TokenId token_id_;
  std::shared_ptr<RateMeter> meter_;
};

}  // namespace hubwarden::auth

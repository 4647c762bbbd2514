#pragma once

// Who is asking, after the credential was checked: an operator, a workspace, a session, a handle. All of them
// come to a token or an operation by their grant, and in no other way.
//
//   const rules::Grant grant = who->grant(authority);
//   const rules::Decision decision = grant.decide(ask);
//
// Immutable but for what is counted and kept; share them freely between threads.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "auth/authority.h"
#include "auth/budgets.h"
#include "auth/session.h"
#include "base/guarded.h"
#include "base/rate.h"
#include "policy/host_name.h"
#include "policy/names.h"
#include "policy/permissions.h"
#include "policy/priority.h"
#include "rules/grant.h"

namespace hubwarden::auth {

// What a layer above keeps with a principal between its requests.
class Keepsake {
 public:
  virtual ~Keepsake() = default;
};

enum class PrincipalKind { kOperator, kWorkspace, kSession, kHandle };

class Principal {
 public:
  Principal() = default;
  virtual ~Principal() = default;
  Principal(const Principal&) = delete;
  Principal& operator=(const Principal&) = delete;

  virtual PrincipalKind kind() const = 0;
  // For logs and limits; no two principals have the same.
  virtual std::string name() const = 0;
  virtual rules::Grant grant(const Authority& authority) const = 0;
  // All that it may reach, if that is a list.
  virtual std::span<const policy::Repository> repositories() const { return {}; }
  // Which GitHub it is about; nothing: the usual one.
  virtual std::optional<policy::HostName> host() const { return std::nullopt; }
  virtual policy::Priority priority() const { return policy::Priority::kNormal; }
  // What each of its operations takes from, beside what its rule says; null: nothing.
  virtual std::shared_ptr<HandleBudget> own_budget() const { return nullptr; }
  // To which it goes back; null: to an operator.
  virtual const Session* session() const { return nullptr; }
  // How often it asks; null: that is limited in another way.
  virtual RateMeter* meter() const { return nullptr; }

  // Goes with the principal: whatever changes one makes a new one, with nothing kept.
  std::shared_ptr<const Keepsake> keepsake() const { return *keepsake_.lock(); }
  void keep(std::shared_ptr<const Keepsake> keepsake) const { keepsake_.lock()->swap(keepsake); }

 private:
  mutable Guarded<std::shared_ptr<const Keepsake>> keepsake_;
};

using PrincipalPtr = std::shared_ptr<const Principal>;

// Whoever holds the operator's credential.
class OperatorPrincipal final : public Principal {
 public:
  // `permissions`: that its tokens have at most; nothing: all that the App has.
  explicit OperatorPrincipal(std::optional<policy::PermissionSet> permissions)
      : permissions_(std::move(permissions)) {}

  PrincipalKind kind() const override { return PrincipalKind::kOperator; }
  // No workspace can have this name: an id begins with a letter or digit.
  std::string name() const override { return "@admin"; }
  rules::Grant grant(const Authority& authority) const override {
    rules::Narrowing to;
    to.token = permissions_;
    return authority.operators.narrowed(std::move(to));
  }

 private:
  std::optional<policy::PermissionSet> permissions_;
};

}  // namespace hubwarden::auth

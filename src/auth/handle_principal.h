#pragma once

// Who is asking with a handle: a narrow grant, cut for one piece of work. Immutable but for its budget; share
// it freely between threads.
//
//   const rules::Decision decision = who->grant(authority).decide(ask);
//   net::Task<Result<std::unique_ptr<CallLease>>> acquiring = who->budget().acquire(kind, now, deadline);

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "auth/budgets.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "catalogue/operation_set.h"
#include "policy/host_name.h"
#include "policy/names.h"
#include "policy/priority.h"
#include "store/handle.h"

namespace hubwarden::auth {

// The issuer of what an operator issues, and so far the only one.
inline constexpr std::string_view kAdminIssuer = "admin";

class HandlePrincipal final : public Principal {
 public:
  // `operations` is what the record's text says; `budget` is shared by all calls with the handle.
  HandlePrincipal(const store::Handle& record, catalogue::OperationSet operations,
                  std::shared_ptr<HandleBudget> budget)
      : id_(record.id),
        issuer_(record.issuer),
        repository_(record.repository),
        host_(record.host),
        narrowing_(narrowing_of(record, std::move(operations))),
        priority_(record.priority),
        expires_at_(record.expires_at),
        budget_(std::move(budget)) {}

  store::HandleId id() const { return id_; }
  const std::string& issuer() const { return issuer_; }
  const policy::Repository& repository() const { return repository_; }
  TimePoint expires_at() const { return expires_at_; }
  const catalogue::OperationSet& operations() const { return *narrowing_->operations; }
  // What every call acquires a lease from before it is sent.
  HandleBudget& budget() const { return *budget_; }

  PrincipalKind kind() const override { return PrincipalKind::kHandle; }
  std::string name() const override { return "handle " + store::to_text(id_); }
  // Operations alone, cut from what the operator may.
  rules::Grant grant(const Authority& authority) const override {
    return authority.operators.narrowed(narrowing_);
  }
  std::span<const policy::Repository> repositories() const override { return {&repository_, 1}; }
  std::optional<policy::HostName> host() const override { return host_; }
  policy::Priority priority() const override { return priority_; }
  std::shared_ptr<HandleBudget> own_budget() const override { return budget_; }

 private:
  static std::shared_ptr<const rules::Narrowing> narrowing_of(const store::Handle& record,
                                                              catalogue::OperationSet operations) {
    rules::Narrowing to;
    to.repositories = {record.repository};
    to.operations = std::move(operations);
    to.has_no_tokens = true;
    return std::make_shared<const rules::Narrowing>(std::move(to));
  }

  store::HandleId id_;
  std::string issuer_;
  policy::Repository repository_;
  std::optional<policy::HostName> host_;
  std::shared_ptr<const rules::Narrowing> narrowing_;
  policy::Priority priority_;
  TimePoint expires_at_;
  std::shared_ptr<HandleBudget> budget_;  // a lease keeps it while the handle may be forgotten already
};

}  // namespace hubwarden::auth

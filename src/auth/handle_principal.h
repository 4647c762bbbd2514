#pragma once

// Who is asking with a handle: a narrow grant, cut for one piece of work. Immutable but for its budget; share
// it freely between threads.
//
//   if (!who->operations().allows(named)) …
//   net::Task<Result<std::unique_ptr<CallLease>>> acquiring = who->budget().acquire(kind, now, deadline);

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/budgets.h"
#include "base/clock.h"
#include "catalogue/operation_list.h"
#include "policy/host_name.h"
#include "policy/names.h"
#include "policy/priority.h"
#include "store/handle.h"

namespace hubwarden::auth {

// The issuer of what an operator issues, and so far the only one.
inline constexpr std::string_view kAdminIssuer = "admin";

class HandlePrincipal {
 public:
  // `operations` is what the record's text says; `budget` is shared by all calls with the handle.
  HandlePrincipal(const store::Handle& record, catalogue::OperationList operations,
                  std::shared_ptr<HandleBudget> budget)
      : id_(record.id),
        issuer_(record.issuer),
        repository_(record.repository),
        host_(record.host),
        operations_(std::move(operations)),
        priority_(record.priority),
        expires_at_(record.expires_at),
        budget_(std::move(budget)) {}

  store::HandleId id() const { return id_; }
  const std::string& issuer() const { return issuer_; }
  const policy::Repository& repository() const { return repository_; }
  const std::optional<policy::HostName>& host() const { return host_; }  // nothing: the usual one
  const catalogue::OperationList& operations() const { return operations_; }
  policy::Priority priority() const { return priority_; }
  TimePoint expires_at() const { return expires_at_; }
  // What every call acquires a lease from before it is sent.
  HandleBudget& budget() const { return *budget_; }

 private:
  store::HandleId id_;
  std::string issuer_;
  policy::Repository repository_;
  std::optional<policy::HostName> host_;
  catalogue::OperationList operations_;
  policy::Priority priority_;
  TimePoint expires_at_;
  std::shared_ptr<HandleBudget> budget_;  // a lease keeps it while the handle may be forgotten already
};

}  // namespace hubwarden::auth

#pragma once

// What is kept of a handle, as a plain value. Every part was parsed at the edge and cannot be invalid; the
// operations are a text here, which the layers above write and read.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "crypto/digest.h"
#include "policy/budget_limits.h"
#include "policy/host_name.h"
#include "policy/names.h"
#include "policy/priority.h"

namespace hubwarden::store {

// Names a handle without being it: random, safe to show, written as 16 hexadecimal digits.
using HandleId = Id<struct HandleTag>;
std::string to_text(HandleId id);
Result<HandleId> parse_handle_id(std::string_view text);

struct Handle {
  // The rest is what a handle has unless it is said otherwise.
  Handle(HandleId name, const crypto::Digest& sha256, std::string issued_by, policy::Repository may_reach,
         std::string may_do, TimePoint created, TimePoint expires)
      : id(name),
        digest(sha256),
        issuer(std::move(issued_by)),
        repository(std::move(may_reach)),
        operations(std::move(may_do)),
        created_at(created),
        expires_at(expires) {}

  HandleId id;
  crypto::Digest digest;  // SHA-256 of the handle; the handle itself is nowhere
  std::string issuer;     // "admin"
  policy::Repository repository;
  std::optional<policy::HostName> host;  // nothing: the usual one
  std::string operations;
  policy::Priority priority = policy::Priority::kNormal;
  policy::BudgetLimits limits;
  policy::BudgetSpent spent;
  TimePoint created_at;  // times are kept in whole microseconds
  TimePoint expires_at;
  std::optional<TimePoint> revoked_at;

  // When it stopped or will stop to open anything.
  TimePoint ends_at() const { return revoked_at && *revoked_at < expires_at ? *revoked_at : expires_at; }

  friend bool operator==(const Handle&, const Handle&) = default;
};

}  // namespace hubwarden::store

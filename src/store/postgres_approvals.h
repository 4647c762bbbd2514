#pragma once

// The SQL of approvals in PostgreSQL: steps of a PostgresSession. What changes something belongs into
// `change`: two questions of one holder, or two decisions, come one after the other.

#include <cstddef>
#include <optional>
#include <vector>

#include "store/approval_records.h"
#include "store/postgres_session.h"

namespace hubwarden::store {

Result<Approval> ask_approval(PostgresSession& session, const Approval& wanted, const ApprovalBounds& bounds);
Result<ApprovalSettled> settle_approval(PostgresSession& session, ApprovalId id,
                                        const ApprovalChange& change);
Result<std::vector<Approval>> expire_approvals(PostgresSession& session, TimePoint now, std::size_t limit);
Result<std::size_t> forget_approvals(PostgresSession& session, TimePoint when, std::size_t limit);

Result<Approval> read_approval(PostgresSession& session, ApprovalId id);
Result<std::vector<Approval>> list_approvals(PostgresSession& session, const ApprovalQuery& query,
                                             const std::optional<ApprovalId>& after, std::size_t limit);

}  // namespace hubwarden::store

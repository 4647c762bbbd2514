#pragma once

// What all kinds of records have in common: how values are written down, and the sentences for what is wrong
// with them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "store/approval.h"
#include "store/handle.h"
#include "store/ledger_segment.h"
#include "store/revocation.h"
#include "store/workspace.h"

namespace hubwarden::store {

// "acme/widgets acme/gadgets"
std::string repositories_text(const policy::RepositoryList& repositories);
// "maintainers security": for names without blanks.
std::string names_text(const std::vector<std::string>& names);
std::vector<std::string> names_in(std::string_view text);
// What was read back; `internal` for a row that somebody else wrote, or a disk that forgets: never guessed
// at.
Result<Workspace> workspace_of(std::string_view id, std::string_view repositories,
                               std::string_view permissions, TimePoint created);

std::unexpected<Error> no_workspace(const policy::WorkspaceId& id);
std::unexpected<Error> workspace_exists(const policy::WorkspaceId& id);
std::unexpected<Error> too_many_tokens(const policy::WorkspaceId& id);
std::unexpected<Error> no_token(const policy::WorkspaceId& id, TokenId token);
// Two equal ids or credentials from one source of randomness: it is broken, and none may be handed out.
std::unexpected<Error> not_new(std::string_view what);
std::unexpected<Error> damaged_workspace(std::string_view id);
std::unexpected<Error> no_handle(HandleId id);
std::unexpected<Error> damaged_handle(std::string_view id);
std::unexpected<Error> no_revocation(RevocationId id);
std::unexpected<Error> damaged_revocation(std::string_view id);
std::unexpected<Error> no_approval(ApprovalId id);
std::unexpected<Error> damaged_approval(std::string_view id);
std::unexpected<Error> too_many_questions();
std::unexpected<Error> too_many_questions_of_agent();
std::unexpected<Error> damaged_ledger(std::string_view replica);
// A segment that is written again has changed, or two replicas have one name.
std::unexpected<Error> other_segment(const LedgerSegment& segment);

// One line each, without the newlines.
std::string lines_text(const std::vector<std::string>& lines);
std::vector<std::string> lines_in(std::string_view text);

// Databases' numbers are signed; no count comes near their end.
std::int64_t signed_number(std::uint64_t count);
std::uint64_t count_of(std::int64_t number);  // 0 for a negative one

std::int64_t micros(Duration span);
std::int64_t micros(TimePoint time);
TimePoint from_micros(std::int64_t count);

}  // namespace hubwarden::store

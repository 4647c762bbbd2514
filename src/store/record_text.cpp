#include "store/record_text.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "store/workspace_records.h"

namespace hubwarden::store {

using policy::WorkspaceId;

namespace {

// Persons are slow: what waits now will hardly be gone before.
constexpr std::chrono::seconds kUntilSomeAreAnswered(60);

std::unexpected<Error> too_many(std::string message) {
  return std::unexpected(Error(ErrorCode::kRateLimited, std::move(message))
                             .with_limit(Limit::kCaller)
                             .with_retry_after(kUntilSomeAreAnswered));
}

}  // namespace

std::string repositories_text(const policy::RepositoryList& repositories) {
  std::string text;
  for (const policy::Repository& repository : repositories.items()) {
    if (!text.empty()) text += ' ';
    text += repository.shown();
  }
  return text;
}

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : " ").append(name);
  return text;
}

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view name : split(text, ' ')) {
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

Result<Workspace> workspace_of(std::string_view id, std::string_view repositories,
                               std::string_view permissions, TimePoint created) {
  const auto name = WorkspaceId::parse(id);
  const auto may_have = policy::RepositoryList::parse(split(repositories, ' '));
  const auto may_do = policy::PermissionSet::parse(permissions);
  if (!name || !may_have || !may_do) return damaged_workspace(id);
  return Workspace(*name, *may_have, *may_do, created);
}

std::unexpected<Error> no_workspace(const WorkspaceId& id) {
  return fail(ErrorCode::kNotFound, "no workspace \"" + id.text() + "\"");
}

std::unexpected<Error> workspace_exists(const WorkspaceId& id) {
  return fail(ErrorCode::kConflict, "workspace \"" + id.text() + "\" exists already");
}

std::unexpected<Error> too_many_tokens(const WorkspaceId& id) {
  return fail(ErrorCode::kConflict, "workspace \"" + id.text() + "\" has " + std::to_string(kMaxLiveTokens) +
                                        " tokens already; revoke one first");
}

std::unexpected<Error> no_token(const WorkspaceId& id, TokenId token) {
  return fail(ErrorCode::kNotFound, "workspace \"" + id.text() + "\" has no token " + to_text(token));
}

std::unexpected<Error> not_new(std::string_view what) {
  return fail(ErrorCode::kInternal, "a new " + std::string(what) + " is not new");
}

std::unexpected<Error> damaged_workspace(std::string_view id) {
  return fail(ErrorCode::kInternal,
              "the record of workspace \"" + printable(id, WorkspaceId::kMaxSize) + "\" is damaged");
}

std::unexpected<Error> no_handle(HandleId id) {
  return fail(ErrorCode::kNotFound, "no handle " + to_text(id));
}

std::unexpected<Error> damaged_handle(std::string_view id) {
  return fail(ErrorCode::kInternal, "the record of handle \"" + printable(id, 40) + "\" is damaged");
}

std::unexpected<Error> no_revocation(RevocationId id) {
  return fail(ErrorCode::kNotFound, "no revocation " + to_text(id));
}

std::unexpected<Error> damaged_revocation(std::string_view id) {
  return fail(ErrorCode::kInternal, "the record of revocation \"" + printable(id, 40) + "\" is damaged");
}

std::unexpected<Error> no_approval(ApprovalId id) {
  return fail(ErrorCode::kNotFound, "no approval " + to_text(id));
}

std::unexpected<Error> damaged_approval(std::string_view id) {
  return fail(ErrorCode::kInternal, "the record of approval \"" + printable(id, 40) + "\" is damaged");
}

std::unexpected<Error> too_many_questions() {
  return too_many("too many operations wait for a person's consent");
}

std::unexpected<Error> too_many_questions_of_agent() {
  return too_many("too many operations of this agent wait for a person's consent");
}

std::unexpected<Error> damaged_ledger(std::string_view replica) {
  return fail(ErrorCode::kInternal,
              "the record of the ledger's chain \"" + printable(replica, 40) + "\" is damaged");
}

std::unexpected<Error> other_segment(const LedgerSegment& segment) {
  return fail(ErrorCode::kInternal, "the ledger's chain " + to_text(segment.replica) +
                                        " has another record " + std::to_string(segment.first) + " already");
}

std::string lines_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

std::vector<std::string> lines_in(std::string_view text) {
  if (text.empty()) return {};
  const std::vector<std::string_view> lines = split(text, '\n');
  return {lines.begin(), lines.end()};
}

std::int64_t signed_number(std::uint64_t count) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(count, kMax));
}

std::uint64_t count_of(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

std::int64_t micros(Duration span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

std::int64_t micros(TimePoint time) {
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}

TimePoint from_micros(std::int64_t count) {
  return TimePoint(std::chrono::microseconds(count));
}

}  // namespace hubwarden::store

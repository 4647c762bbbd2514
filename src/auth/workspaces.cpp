#include "auth/workspaces.h"

#include <optional>
#include <vector>

#include "auth/credential_text.h"
#include "crypto/digest.h"

namespace hubwarden::auth {
namespace {

using store::TokenId;
using store::Workspace;
using store::WorkspaceRecord;
using store::WorkspaceToken;

// Some 1 MB at a time while loading.
constexpr std::size_t kLoadPage = 1000;

WorkspaceToken to_record(const NewToken& issued, TimePoint now) {
  return WorkspaceToken(issued.id(), crypto::sha256(issued.token().reveal()), now);
}

NewToken issue(Random& random) {
  return NewToken(TokenId(random.next()), make_credential(kWorkspacePrefix, random));
}

}  // namespace

Workspaces::Workspaces(store::WorkspaceRecords& records, store::WorkspaceFeed& feed, const Clock& clock,
                       Random& random)
    : records_(records), clock_(clock), random_(random), index_(std::make_shared<WorkspaceIndex>()) {
  feed.observe([index = index_](const policy::WorkspaceId& id, const std::optional<WorkspaceRecord>& now) {
    index->apply(id, now);
  });
}

net::Task<Result<>> Workspaces::load() {
  std::optional<policy::WorkspaceId> after;
  for (;;) {
    Result<std::vector<WorkspaceRecord>> page = co_await records_.list(after, kLoadPage);
    if (!page) co_return std::unexpected(page.error());
    for (const WorkspaceRecord& record : *page) index_->apply(record.workspace.id, record);
    if (page->size() < kLoadPage) co_return Result<>();
    after = page->back().workspace.id;
  }
}

net::Task<Result<NewToken>> Workspaces::create(policy::WorkspaceId id, policy::RepositoryList repositories,
                                               policy::PermissionSet permissions) {
  if (index_->workspaces() >= kMaxWorkspaces) {
    co_return fail(ErrorCode::kConflict, "hubwarden holds no more than " + std::to_string(kMaxWorkspaces) +
                                             " workspaces; remove some");
  }
  NewToken issued = issue(random_);
  const TimePoint now = clock_.now();
  Workspace workspace(std::move(id), std::move(repositories), std::move(permissions), now);
  const WorkspaceToken token = to_record(issued, now);
  const Result<> created = co_await records_.create(std::move(workspace), token);
  if (!created) co_return std::unexpected(created.error());
  co_return issued;
}

net::Task<Result<NewToken>> Workspaces::rotate(policy::WorkspaceId id) {
  NewToken issued = issue(random_);
  const WorkspaceToken token = to_record(issued, clock_.now());
  const Result<> added = co_await records_.add_token(std::move(id), token);
  if (!added) co_return std::unexpected(added.error());
  co_return issued;
}

net::Task<Result<>> Workspaces::revoke(policy::WorkspaceId id, TokenId token) {
  return records_.revoke_token(std::move(id), token, clock_.now());
}

net::Task<Result<>> Workspaces::remove(policy::WorkspaceId id) {
  return records_.remove(std::move(id));
}

net::Task<Result<WorkspaceRecord>> Workspaces::get(policy::WorkspaceId id) {
  return records_.find(std::move(id));
}

net::Task<Result<WorkspacePage>> Workspaces::list(WorkspacePageRequest page) {
  Result<std::vector<WorkspaceRecord>> records = co_await records_.list(page.after(), page.limit() + 1);
  if (!records) co_return std::unexpected(records.error());
  co_return WorkspacePage(*std::move(records), page.limit());
}

std::shared_ptr<const WorkspacePrincipal> Workspaces::authenticate(std::string_view bearer) const {
  if (!is_credential(kWorkspacePrefix, bearer)) return nullptr;
  return index_->find(crypto::sha256(bearer));
}

}  // namespace hubwarden::auth

#pragma once

// Workspaces: registered by an operator, authenticated at every request.
//
//   Workspaces workspaces(store, store, clock, random);
//   Result<> loaded = co_await workspaces.load();                       // once, before the first request
//   Result<NewToken> created = co_await workspaces.create(id, repositories, permissions);
//   auto who = workspaces.authenticate(bearer);                         // null: unauthenticated()
//
// Callable from any loop (with a thread-safe Random, as SystemRandom is). The store is asked only for changes
// and by operators; `authenticate` reads memory. A change is durable and in effect before its caller has the
// answer: a revoked token fails from then on. Changes that another replica makes in the same records are in
// effect as soon as the feed tells of them.

#include <memory>
#include <string_view>
#include <utility>

#include "auth/page.h"
#include "auth/workspace_index.h"
#include "auth/workspace_principal.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "net/task.h"
#include "store/workspace_records.h"

namespace hubwarden::auth {

// A token at the only time that it can be seen.
class NewToken {
 public:
  NewToken(store::TokenId id, Secret token) : id_(id), token_(std::move(token)) {}
  store::TokenId id() const { return id_; }
  const Secret& token() const { return token_; }

 private:
  store::TokenId id_;
  Secret token_;
};

class Workspaces {
 public:
  // About 1 KB of memory each. Beyond the 100,000 that hubwarden is measured with, and a bound all the same.
  static constexpr std::size_t kMaxWorkspaces = 250'000;

  // The store, the clock and the source of randomness outlive this.
  Workspaces(store::WorkspaceRecords& records, store::WorkspaceFeed& feed, const Clock& clock,
             Random& random);

  // Reads every workspace into memory. A record that cannot be read is an error: half a list would refuse the
  // rest of the fleet without a word.
  net::Task<Result<>> load();

  // `conflict` if the id is taken.
  net::Task<Result<NewToken>> create(policy::WorkspaceId id, policy::RepositoryList repositories,
                                     policy::PermissionSet permissions);
  // One more token; those before it live until they are revoked, so that a rotation has no gap.
  net::Task<Result<NewToken>> rotate(policy::WorkspaceId id);
  net::Task<Result<>> revoke(policy::WorkspaceId id, store::TokenId token);
  // With all its tokens.
  net::Task<Result<>> remove(policy::WorkspaceId id);

  net::Task<Result<store::WorkspaceRecord>> get(policy::WorkspaceId id);
  net::Task<Result<WorkspacePage>> list(WorkspacePageRequest page);

  // Null unless `bearer` is a live token of a workspace. The caller compares the id with the one in its
  // route.
  std::shared_ptr<const WorkspacePrincipal> authenticate(std::string_view bearer) const;

 private:
  store::WorkspaceRecords& records_;
  const Clock& clock_;
  Random& random_;
  // Shared with the store's observer, whose thread may outlive this for as long as accepted changes take.
  std::shared_ptr<WorkspaceIndex> index_;
};

}  // namespace hubwarden::auth

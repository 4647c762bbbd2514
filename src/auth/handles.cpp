#include "auth/handles.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "auth/credential_text.h"
#include "base/time_text.h"
#include "crypto/digest.h"

namespace hubwarden::auth {
namespace {

using store::Handle;
using store::HandleId;

// Some 1 MB at a time while loading.
constexpr std::size_t kLoadPage = 1000;

Result<> check(const HandleWish& wish) {
  if (wish.life >= Handles::kMinLife && wish.life <= Handles::kMaxLife) return {};
  return fail(ErrorCode::kInvalidRequest, "a handle lives from " + duration_text(Handles::kMinLife) + " to " +
                                              duration_text(Handles::kMaxLife));
}

NewHandle make(const HandleWish& wish, TimePoint now, Random& random) {
  Secret secret = make_credential(kHandlePrefix, random);
  Handle record(HandleId(random.next()), crypto::sha256(secret.reveal()), std::string(kAdminIssuer),
                wish.repository, wish.operations.text(), now,
                now + std::chrono::duration_cast<TimePoint::duration>(wish.life));
  record.host = wish.host;
  record.priority = wish.priority;
  record.limits = wish.limits;
  return NewHandle(std::move(record), std::move(secret));
}

}  // namespace

Handles::Handles(Parts parts)
    : parts_(parts),
      index_(std::make_shared<HandleIndex>(parts.budgets)),
      writer_({parts.records, *index_, parts.clock, parts.timers, parts.log}) {
  parts.feed.observe(
      [index = index_](HandleId id, const std::optional<Handle>& now) { index->apply(id, now); });
}

net::Task<Result<>> Handles::load() {
  std::optional<HandleId> after;
  for (;;) {
    Result<std::vector<Handle>> page = co_await parts_.records.list(after, kLoadPage);
    if (!page) co_return std::unexpected(page.error());
    for (const Handle& handle : *page) {
      if (index_->apply(handle.id, handle)) continue;
      const std::string id = to_text(handle.id);
      parts_.log.warning("handle.opens_nothing", {{"id", std::string_view(id)},
                                                  {"issuer", std::string_view(handle.issuer)},
                                                  {"operations", std::string_view(handle.operations)}});
    }
    if (page->size() < kLoadPage) co_return Result<>();
    after = page->back().id;
  }
}

net::Task<Result<NewHandle>> Handles::issue(HandleWish wish) {
  const Result<> checked = check(wish);
  if (!checked) co_return std::unexpected(checked.error());
  if (index_->handles() >= kMaxHandles) {
    co_return fail(ErrorCode::kConflict, "hubwarden holds no more than " + std::to_string(kMaxHandles) +
                                             " handles; they are forgotten a day after their end");
  }
  NewHandle issued = make(wish, parts_.clock.now(), parts_.random);
  Handle record = issued.record();
  const Result<> recorded = co_await parts_.records.issue(std::move(record));
  if (!recorded) co_return std::unexpected(recorded.error());
  co_return issued;
}

net::Task<Result<>> Handles::revoke(HandleId id) {
  return parts_.records.revoke(id, parts_.clock.now());
}

// The records follow some seconds behind, but hold what other replicas have seen spent.
void Handles::update(Handle& record) const {
  const std::optional<policy::BudgetSpent> here = index_->spent_by(record.id);
  if (!here) return;
  record.spent.requests = std::max(record.spent.requests, here->requests);
  record.spent.bytes = std::max(record.spent.bytes, here->bytes);
}

net::Task<Result<Handle>> Handles::get(HandleId id) {
  Result<Handle> found = co_await parts_.records.find(id);
  if (found) update(*found);
  co_return found;
}

net::Task<Result<HandlePage>> Handles::list(HandlePageRequest page) {
  Result<std::vector<Handle>> records = co_await parts_.records.list(page.after(), page.limit() + 1);
  if (!records) co_return std::unexpected(records.error());
  for (Handle& record : *records) update(record);
  co_return HandlePage(*std::move(records), page.limit());
}

std::shared_ptr<const HandlePrincipal> Handles::authenticate(std::string_view secret) const {
  if (!is_credential(kHandlePrefix, secret)) return nullptr;
  std::shared_ptr<const HandlePrincipal> who = index_->find(crypto::sha256(secret));
  if (!who || parts_.clock.now() >= who->expires_at()) return nullptr;
  return who;
}

}  // namespace hubwarden::auth

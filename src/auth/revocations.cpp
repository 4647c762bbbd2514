#include "auth/revocations.h"

#include <algorithm>

#include "base/later.h"

namespace hubwarden::auth {
namespace {

using store::Revocation;
using store::RevocationId;
using store::RevokedKind;

// Some 500 KB at a time while loading.
constexpr std::size_t kLoadPage = 1000;
// Forgotten with each new one: more than come.
constexpr std::size_t kForgottenAtOnce = 10;

bool is_credential(RevokedKind kind) {
  return kind == RevokedKind::kSession || kind == RevokedKind::kGrant;
}

// The session that it was cut from, and if it is a grant itself, that.
std::string lineage_of(const Session& session) {
  std::string text = to_text(session.id);
  if (!session.cuts.empty()) text.append("/").append(to_text(session.cuts.back().id));
  return text;
}

TimePoint end_of(const Session& session) {
  return std::max(session.expires_at, session.renewable_until);
}

Error full() {
  return Error(ErrorCode::kConflict, "hubwarden holds no more than " +
                                         std::to_string(Revocations::kMaxRevocations) +
                                         " revocations; those of credentials are forgotten with these")
      .with_fix(Fix::kOperator);
}

net::Task<Result<Revocation>> refuse(Error error) {
  co_return std::unexpected(std::move(error));
}

}  // namespace

Revocations::Revocations(Parts parts, Hear hear)
    : parts_(parts), hear_(std::move(hear)), index_(std::make_shared<RevocationIndex>()) {
  parts_.feed.observe([index = index_, hear = hear_](RevocationId id, const std::optional<Revocation>& now) {
    index->apply(id, now);
    hear(id, now);
  });
}

net::Task<Result<>> Revocations::load() {
  std::optional<RevocationId> after;
  for (;;) {
    const Result<std::vector<Revocation>> page = co_await parts_.records.list(after, kLoadPage);
    if (!page) co_return std::unexpected(page.error());
    for (const Revocation& each : *page) {
      index_->apply(each.id, each);
      hear_(each.id, each);
    }
    if (page->size() < kLoadPage) co_return Result<>();
    after = page->back().id;
  }
}

Revocation Revocations::new_one(RevokedKind kind, std::string subject) const {
  return Revocation(RevocationId(parts_.random.next()), kind, std::move(subject), parts_.clock.now());
}

net::Task<Result<Revocation>> Revocations::revoke(RevocationWish wish) {
  Revocation revocation = new_one(wish.kind, std::move(wish.subject));
  revocation.host = std::move(wish.host);
  revocation.repository = wish.repository;
  revocation.installation = wish.installation;
  revocation.reason = std::move(wish.reason);
  revocation.made_by = "admin";
  // How long the credential would live an operator does not know.
  if (is_credential(wish.kind)) revocation.ends_at = later(revocation.made_at, Session::kMaxLife);
  return record(std::move(revocation));
}

net::Task<Result<Revocation>> Revocations::give_back(const SessionPrincipal& who) {
  const Session& session = *who.session();
  if (!session.cuts.empty()) return take_back(who, session.cuts.back().id);
  if (index_->size() >= kMaxRevocations) return refuse(full());
  Revocation revocation = new_one(RevokedKind::kSession, to_text(session.id));
  revocation.made_by = "session " + to_text(session.id);
  revocation.ends_at = end_of(session);
  return record(std::move(revocation));
}

net::Task<Result<Revocation>> Revocations::take_back(const SessionPrincipal& who, CutId grant) {
  const Session& session = *who.session();
  const std::string maker = "session " + to_text(session.id);
  if (index_->made_by(maker) >= kMaxOfSession) {
    co_return fail(ErrorCode::kBudgetExceeded, "a session revokes " + std::to_string(kMaxOfSession) +
                                                   " grants at most; revoke the session");
  }
  if (index_->size() >= kMaxRevocations) co_return std::unexpected(full());
  const bool is_its_own = !session.cuts.empty() && session.cuts.back().id == grant;
  Revocation revocation = new_one(RevokedKind::kGrant, to_text(grant));
  revocation.within = is_its_own ? to_text(session.id) : lineage_of(session);
  revocation.made_by = maker;
  revocation.ends_at = end_of(session);
  Result<Revocation> recorded = co_await record(std::move(revocation));
  co_return recorded;
}

net::Task<Result<Revocation>> Revocations::record(Revocation revocation) {
  const TimePoint forgotten = later(parts_.clock.now(), -kRemembered);
  // Some room is made first; that it could not be made is no reason to leave anything open.
  [[maybe_unused]] const Result<std::size_t> made =
      co_await parts_.records.forget_over(forgotten, kForgottenAtOnce);
  Result<Revocation> stands = co_await parts_.records.revoke(std::move(revocation));
  co_return stands;
}

net::Task<Result<>> Revocations::lift(RevocationId id) {
  const Result<Revocation> found = co_await parts_.records.find(id);
  if (!found) co_return std::unexpected(found.error());
  if (is_credential(found->kind)) {
    co_return fail(ErrorCode::kConflict, "a " + std::string(to_string(found->kind)) +
                                             " stays revoked; its holder can have a new one");
  }
  Result<> lifted = co_await parts_.records.lift(id, parts_.clock.now());
  co_return lifted;
}

net::Task<Result<Revocation>> Revocations::get(RevocationId id) {
  return parts_.records.find(id);
}

net::Task<Result<RevocationPage>> Revocations::list(RevocationPageRequest page) {
  Result<std::vector<Revocation>> records = co_await parts_.records.list(page.after(), page.limit() + 1);
  if (!records) co_return std::unexpected(records.error());
  co_return RevocationPage(*std::move(records), page.limit());
}

net::Task<Result<std::vector<store::RevocationOutcome>>> Revocations::outcomes(RevocationId id) {
  return parts_.records.outcomes(id);
}

}  // namespace hubwarden::auth

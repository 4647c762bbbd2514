#include "auth/sessions.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "auth/bearer.h"
#include "auth/identity.h"
#include "base/later.h"
#include "catalogue/operation_set.h"
#include "rules/grant.h"
#include "rules/session_terms.h"

namespace hubwarden::auth {
namespace {

// However often it is renewed.
TimePoint last_end(const Session& session) {
  return session.cuts.empty() ? std::max(session.expires_at, session.renewable_until)
                              : session.cuts.back().ends_at;
}

Result<> check(const CutWish& wish) {
  if (wish.repositories.empty() || wish.repositories.size() > Cut::kMaxRepositories) {
    return fail(ErrorCode::kInvalidRequest,
                "a grant is for 1 to " + std::to_string(Cut::kMaxRepositories) + " repositories");
  }
  if (wish.operations.size() > Cut::kMaxOperations) {
    return fail(ErrorCode::kInvalidRequest,
                "a grant names at most " + std::to_string(Cut::kMaxOperations) + " operations or groups");
  }
  if (wish.operations.empty() && !wish.token) {
    return fail(ErrorCode::kInvalidRequest, "a grant is for operations, or for tokens with some permissions");
  }
  const Result<catalogue::OperationSet> operations = catalogue::OperationSet::parse(wish.operations);
  if (!operations) return std::unexpected(operations.error());
  if (wish.life < std::chrono::seconds(1)) {
    return fail(ErrorCode::kInvalidRequest, "a grant lives for a second at least");
  }
  return {};
}

Error ended() {
  return Error(ErrorCode::kUnauthenticated, "the session has ended; begin a new one");
}

}  // namespace

std::size_t Sessions::DigestHash::operator()(const crypto::Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

Sessions::Sessions(Parts parts, AuthorityPtr authority, std::optional<SessionTokens> tokens)
    : parts_(parts), authority_(std::move(authority)), tokens_(std::move(tokens)), known_(kMaxRemembered) {
}

Result<> Sessions::is_possible() const {
  if (authority_->rules && tokens_) return {};
  return fail(ErrorCode::kNotConfigured, "no policy is configured here, so there are no sessions");
}

net::Task<Result<OpenedSession>> Sessions::open(Secret jwt, SteadyPoint deadline) {
  net::Task<Result<Identity>> recognising = recognise(std::move(jwt), deadline);
  Result<Identity> who = co_await std::move(recognising);
  if (!who) co_return std::unexpected(who.error());
  net::Task<Result<OpenedSession>> beginning = begin(*std::move(who));
  Result<OpenedSession> opened = co_await std::move(beginning);
  co_return opened;
}

net::Task<Result<Identity>> Sessions::recognise(Secret jwt, SteadyPoint deadline) const {
  const Result<> possible = is_possible();
  if (!possible) co_return std::unexpected(possible.error());
  net::Task<Result<Identity>> identifying = identify(authority_, std::move(jwt), parts_.clock, deadline);
  Result<Identity> who = co_await std::move(identifying);
  co_return who;
}

net::Task<Result<OpenedSession>> Sessions::begin(Identity who) {
  const rules::Grant grant = rules::Grant::of(authority_->rules, who.caller);
  Session session(SessionId(parts_.random.next()), std::move(who.caller));
  session.renewable_until = who.jwt.expires_at();
  Result<OpenedSession> opened = issue(std::move(session), grant);
  if (!opened || who.issuer->may_repeat) co_return opened;
  // Last, so that nothing that is refused uses the JWT up. Its leeway is over then, too.
  const TimePoint forgotten = later(who.jwt.expires_at(), jwt::VerifiedJwt::kLeeway);
  net::Task<bool> using_up = parts_.used.is_first(who.jwt.digest(), forgotten);
  const bool is_first = co_await std::move(using_up);
  if (!is_first) {
    co_return fail(ErrorCode::kUnauthenticated,
                   "the JWT has begun a session before; ask its issuer for another");
  }
  co_return opened;
}

Result<OpenedSession> Sessions::renew(const SessionPrincipal& who) const {
  if (!who.session()->cuts.empty()) {
    return fail(ErrorCode::kForbidden, "a grant is not renewed; whoever cut it can cut another");
  }
  if (parts_.clock.now() >= who.session()->renewable_until) {
    return fail(ErrorCode::kUnauthenticated,
                "the JWT that began the session has ended; begin a new session with a new one");
  }
  return issue(*who.session(), who.grant(*authority_));
}

Result<OpenedSession> Sessions::cut(const SessionPrincipal& who, CutWish wish) const {
  Session session = *who.session();
  if (session.cuts.size() == Session::kMaxCuts) {
    return fail(ErrorCode::kInvalidRequest,
                "a grant is cut at most " + std::to_string(Session::kMaxCuts) + " times");
  }
  const Result<> checked = check(wish);
  if (!checked) return std::unexpected(checked.error());
  const TimePoint now = std::chrono::floor<std::chrono::seconds>(parts_.clock.now());
  const TimePoint last = last_end(session);
  Cut cut{CutId(parts_.random.next())};
  cut.repositories = std::move(wish.repositories);
  cut.operations = std::move(wish.operations);
  cut.token = std::move(wish.token);
  cut.budget = wish.budget;
  cut.ends_at = std::chrono::floor<std::chrono::seconds>(
      std::min({last, later(now, wish.life), later(now, Session::kMaxLife)}));
  session.issued_at = now;
  session.expires_at = cut.ends_at;
  session.cuts.push_back(std::move(cut));
  Secret token = tokens_->issue(session);
  if (token.size() > kMaxBearer) return fail(ErrorCode::kTooLarge, "the grant is too large for a credential");
  return OpenedSession(std::move(session), std::move(token));
}

// By the rules, and what was cut from them.
rules::Grant Sessions::grant_of(const Session& session) const {
  rules::Grant grant = rules::Grant::of(authority_->rules, session.caller);
  for (const Cut& cut : session.cuts) {
    rules::Narrowing to;
    to.repositories = cut.repositories;
    // An entry that is not known any more is for nothing.
    to.operations = catalogue::OperationSet::parse(cut.operations).value_or(catalogue::OperationSet());
    to.token = cut.token;
    to.has_no_tokens = !cut.token;
    grant = grant.narrowed(std::move(to));
  }
  return grant;
}

// From now on, for as long as the rules say.
Result<OpenedSession> Sessions::issue(Session session, const rules::Grant& grant) const {
  const Result<rules::SessionGift> gift = rules::session_of(grant);
  if (!gift) return std::unexpected(gift.error());
  session.agent = gift->agent;
  session.tenant = gift->tenant;
  const Result<> may = parts_.revoked.check(session);
  if (!may) return std::unexpected(may.error());
  session.issued_at = std::chrono::floor<std::chrono::seconds>(parts_.clock.now());
  session.expires_at = later(session.issued_at, gift->ttl);
  Secret token = tokens_->issue(session);
  return OpenedSession(std::move(session), std::move(token));
}

Result<SessionPtr> Sessions::authenticate(std::string_view bearer) const {
  const Result<> possible = is_possible();
  if (!possible) return std::unexpected(possible.error());
  const TimePoint now = parts_.clock.now();
  const crypto::Digest digest = crypto::sha256(bearer);
  if (std::optional<SessionPtr> known = known_.get(digest)) {
    if (now < (*known)->session()->expires_at) return *std::move(known);
    known_.erase(digest);
    return std::unexpected(ended());
  }
  Result<Session> session = tokens_->read(Secret(bearer), now);
  if (!session) return std::unexpected(session.error());
  rules::Grant grant = grant_of(*session);
  auto who = std::make_shared<const SessionPrincipal>(*std::move(session), std::move(grant));
  known_.put(digest, who);
  return who;
}

Result<SessionPtr> Sessions::revive(Session session) const {
  const Result<> possible = is_possible();
  if (!possible) return std::unexpected(possible.error());
  if (parts_.clock.now() >= last_end(session)) return std::unexpected(ended());
  const Result<> stands = parts_.revoked.check(session);
  if (!stands) return std::unexpected(stands.error());
  rules::Grant grant = grant_of(session);
  return std::make_shared<const SessionPrincipal>(std::move(session), std::move(grant));
}

}  // namespace hubwarden::auth

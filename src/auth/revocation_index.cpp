#include "auth/revocation_index.h"

#include <algorithm>
#include <utility>

#include "store/hex_id.h"

namespace hubwarden::auth {
namespace {

using store::Revocation;
using store::RevocationId;
using store::RevokedKind;

// No kind's name holds a space.
std::string key_of(RevokedKind kind, std::string_view subject) {
  return std::string(to_string(kind)).append(" ").append(subject);
}

Error ended(std::string_view what) {
  return Error(ErrorCode::kUnauthenticated, "the " + std::string(what) + " was revoked");
}

Error stopped(const std::string& who, RevocationId by) {
  return Error(ErrorCode::kForbidden,
               who + " is stopped by an operator (revocation " + store::to_text(by) + ")")
      .with_fix(Fix::kOperator);
}

// Whether the grant `cuts[place]` of the session is meant by who revoked it: "<session>", or
// "<session>/<grant>" of a grant that it was cut from.
bool is_within(const Session& session, std::size_t place, std::string_view within) {
  if (within.empty()) return true;
  const std::size_t slash = std::min(within.find('/'), within.size());
  if (within.substr(0, slash) != to_text(session.id)) return false;
  if (slash == within.size()) return true;
  const auto above = session.cuts.begin() + static_cast<std::ptrdiff_t>(place);
  return std::any_of(session.cuts.begin(), above,
                     [id = within.substr(slash + 1)](const Cut& cut) { return to_text(cut.id) == id; });
}

}  // namespace

void RevocationIndex::remove(State& state, const Revocation& revocation) {
  const auto found = state.standing.find(key_of(revocation.kind, revocation.subject));
  if (found == state.standing.end()) return;
  std::erase_if(found->second, [id = revocation.id](const Entry& entry) { return entry.id == id; });
  if (found->second.empty()) state.standing.erase(found);
}

void RevocationIndex::apply(RevocationId id, const std::optional<Revocation>& now) {
  auto state = state_.write();
  if (const auto known = state->known.find(id); known != state->known.end()) {
    remove(*state, known->second);
    const auto maker = state->makers.find(known->second.made_by);
    if (--maker->second == 0) state->makers.erase(maker);
    state->known.erase(known);
  }
  if (now) {
    state->known.emplace(id, *now);
    ++state->makers[now->made_by];
    if (!now->lifted_at) state->standing[key_of(now->kind, now->subject)].emplace_back(id, now->within);
  }
  standing_.store(state->standing.size(), std::memory_order_release);
}

Result<> RevocationIndex::check(const Principal& who) const {
  if (is_quiet() || who.kind() == PrincipalKind::kOperator) return {};
  if (const Session* const session = who.session()) return check(*session);
  const auto state = state_.read();
  const auto all = state->standing.find(key_of(RevokedKind::kAll, ""));
  if (all != state->standing.end()) {
    return std::unexpected(stopped("everything", all->second.front().id));
  }
  if (who.kind() != PrincipalKind::kWorkspace) return {};
  const auto workspace = state->standing.find(key_of(RevokedKind::kWorkspace, who.name()));
  if (workspace == state->standing.end()) return {};
  return std::unexpected(stopped("workspace " + who.name(), workspace->second.front().id));
}

Result<> RevocationIndex::check(const Session& session) const {
  if (is_quiet()) return {};
  const auto state = state_.read();
  const auto find = [&state](RevokedKind kind, std::string_view subject) -> const std::vector<Entry>* {
    const auto found = state->standing.find(key_of(kind, subject));
    return found == state->standing.end() ? nullptr : &found->second;
  };
  if (find(RevokedKind::kSession, to_text(session.id)) != nullptr) {
    return std::unexpected(ended("session"));
  }
  for (std::size_t place = 0; place < session.cuts.size(); ++place) {
    const auto* const revoked = find(RevokedKind::kGrant, to_text(session.cuts[place].id));
    if (revoked == nullptr) continue;
    const bool is_meant = std::ranges::any_of(
        *revoked, [&](const Entry& entry) { return is_within(session, place, entry.within); });
    if (is_meant) return std::unexpected(ended("grant"));
  }
  if (const auto* const agent = find(RevokedKind::kAgent, session.agent)) {
    return std::unexpected(stopped("agent \"" + printable(session.agent, 100) + "\"", agent->front().id));
  }
  if (const auto* const all = find(RevokedKind::kAll, "")) {
    return std::unexpected(stopped("everything", all->front().id));
  }
  return {};
}

std::size_t RevocationIndex::size() const {
  return state_.read()->known.size();
}

std::size_t RevocationIndex::made_by(std::string_view who) const {
  const auto state = state_.read();
  const auto found = state->makers.find(who);
  return found == state->makers.end() ? 0 : found->second;
}

}  // namespace hubwarden::auth

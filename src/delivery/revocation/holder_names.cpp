#include "delivery/revocation/holder_names.h"

#include <string_view>

#include "auth/session.h"

namespace hubwarden::delivery {
namespace {

using store::RevokedKind;

std::string name_of(RevokedKind kind, std::string_view subject) {
  return std::string(to_string(kind)).append(" ").append(subject);
}

// By whoever holds what it was cut from.
std::string within(std::string_view grant, std::string_view above) {
  return std::string(grant).append(" within ").append(above);
}

std::vector<std::string> names_of(const auth::Session& session) {
  const std::string id = to_text(session.id);
  std::vector<std::string> names = {name_of(RevokedKind::kSession, id),
                                    name_of(RevokedKind::kAgent, session.agent)};
  std::vector<std::string> above = {id};
  for (const auth::Cut& cut : session.cuts) {
    const std::string grant = name_of(RevokedKind::kGrant, to_text(cut.id));
    names.push_back(grant);
    for (const std::string& each : above) names.push_back(within(grant, each));
    above.push_back(id + "/" + to_text(cut.id));
  }
  return names;
}

}  // namespace

std::vector<std::string> holder_names(const auth::Principal& who) {
  if (const auth::Session* const session = who.session()) return names_of(*session);
  if (who.kind() != auth::PrincipalKind::kWorkspace) return {};
  return {name_of(RevokedKind::kWorkspace, who.name())};
}

std::optional<std::string> holder_name(const store::Revocation& revocation) {
  switch (revocation.kind) {
    case RevokedKind::kSession:
    case RevokedKind::kWorkspace:
    case RevokedKind::kAgent: return name_of(revocation.kind, revocation.subject);
    case RevokedKind::kGrant: {
      std::string grant = name_of(revocation.kind, revocation.subject);
      return revocation.within.empty() ? grant : within(grant, revocation.within);
    }
    case RevokedKind::kRepository:
    case RevokedKind::kApp:
    case RevokedKind::kAll: break;
  }
  return std::nullopt;
}

}  // namespace hubwarden::delivery

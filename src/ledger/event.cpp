#include "ledger/event.h"

#include <algorithm>
#include <array>

namespace hubwarden::ledger {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 16> kKinds = {"approval_asked",
                                                     "approval_decided",
                                                     "configuration_changed",
                                                     "decision",
                                                     "fallback_used",
                                                     "grant_made",
                                                     "handle_issued",
                                                     "mint",
                                                     "operation",
                                                     "policy_trial",
                                                     "refresh",
                                                     "revocation",
                                                     "session_opened",
                                                     "session_renewed",
                                                     "token_delivered",
                                                     "workspace_changed"};
constexpr std::array<std::string_view, 6> kActors = {"admin",  "handle",   "hubwarden",
                                                     "person", "workload", "workspace"};

template <class Enum, std::size_t kSize>
std::optional<Enum> parse(const std::array<std::string_view, kSize>& names, std::string_view text) {
  const auto* const found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view to_string(EventKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<EventKind> parse_event_kind(std::string_view text) {
  return parse<EventKind>(kKinds, text);
}

std::string_view to_string(ActorKind kind) {
  return kActors[static_cast<std::size_t>(kind)];
}

std::optional<ActorKind> parse_actor_kind(std::string_view text) {
  return parse<ActorKind>(kActors, text);
}

}  // namespace hubwarden::ledger

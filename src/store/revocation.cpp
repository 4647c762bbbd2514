#include "store/revocation.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "store/hex_id.h"

namespace hubwarden::store {
namespace {

struct Named {
  RevokedKind kind;
  std::string_view name;
};
constexpr std::array<Named, 7> kNames = {{{RevokedKind::kSession, "session"},
                                          {RevokedKind::kGrant, "grant"},
                                          {RevokedKind::kWorkspace, "workspace"},
                                          {RevokedKind::kAgent, "agent"},
                                          {RevokedKind::kRepository, "repository"},
                                          {RevokedKind::kApp, "app"},
                                          {RevokedKind::kAll, "all"}}};

}  // namespace

std::string to_text(RevocationId id) {
  return to_hex_id(id.value());
}

Result<RevocationId> parse_revocation_id(std::string_view text) {
  if (const std::optional<std::uint64_t> value = parse_hex_id(text)) return RevocationId(*value);
  return fail(ErrorCode::kInvalidRequest,
              "not a revocation's id (16 hexadecimal digits): \"" + printable(text, 40) + "\"");
}

std::string_view to_string(RevokedKind kind) {
  return std::ranges::find(kNames, kind, &Named::kind)->name;
}

std::optional<RevokedKind> parse_revoked_kind(std::string_view text) {
  const auto found = std::ranges::find(kNames, text, &Named::name);
  return found == kNames.end() ? std::nullopt : std::optional(found->kind);
}

}  // namespace hubwarden::store

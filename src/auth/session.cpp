#include "auth/session.h"

#include "store/hex_id.h"

namespace hubwarden::auth {

std::string to_text(SessionId id) {
  return store::to_hex_id(id.value());
}

std::string to_text(CutId id) {
  return store::to_hex_id(id.value());
}

Result<SessionId> parse_session_id(std::string_view text) {
  const auto id = store::parse_hex_id(text);
  if (!id) return fail(ErrorCode::kInvalidRequest, "a session's id has 16 hexadecimal digits");
  return SessionId(*id);
}

Result<CutId> parse_cut_id(std::string_view text) {
  const auto id = store::parse_hex_id(text);
  if (!id) return fail(ErrorCode::kInvalidRequest, "a grant's id has 16 hexadecimal digits");
  return CutId(*id);
}

}  // namespace hubwarden::auth

#include "store/workspace.h"

#include "base/text.h"
#include "store/hex_id.h"

namespace hubwarden::store {

std::string to_text(TokenId id) {
  return to_hex_id(id.value());
}

Result<TokenId> parse_token_id(std::string_view text) {
  if (const std::optional<std::uint64_t> value = parse_hex_id(text)) return TokenId(*value);
  return fail(ErrorCode::kInvalidRequest,
              "not a token id (16 hexadecimal digits): \"" + printable(text, 40) + "\"");
}

}  // namespace hubwarden::store

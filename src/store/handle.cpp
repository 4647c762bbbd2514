#include "store/handle.h"

#include "base/text.h"
#include "store/hex_id.h"

namespace hubwarden::store {

std::string to_text(HandleId id) {
  return to_hex_id(id.value());
}

Result<HandleId> parse_handle_id(std::string_view text) {
  if (const std::optional<std::uint64_t> value = parse_hex_id(text)) return HandleId(*value);
  return fail(ErrorCode::kInvalidRequest,
              "not a handle's id (16 hexadecimal digits): \"" + printable(text, 40) + "\"");
}

}  // namespace hubwarden::store

#include "store/approval.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "store/hex_id.h"

namespace hubwarden::store {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 5> kStates = {"pending", "approved", "denied", "used", "expired"};

}  // namespace

std::string to_text(ApprovalId id) {
  return to_hex_id(id.value());
}

Result<ApprovalId> parse_approval_id(std::string_view text) {
  if (const std::optional<std::uint64_t> value = parse_hex_id(text)) return ApprovalId(*value);
  return fail(ErrorCode::kInvalidRequest,
              "not an approval's id (16 hexadecimal digits): \"" + printable(text, 40) + "\"");
}

std::string_view to_string(ApprovalState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<ApprovalState> parse_approval_state(std::string_view text) {
  const auto* const found = std::ranges::find(kStates, text);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<ApprovalState>(found - kStates.begin());
}

}  // namespace hubwarden::store

#include "policy/workspace_id.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::policy {

Result<WorkspaceId> WorkspaceId::parse(std::string_view text) {
  const auto is_inner = [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; };
  if (text.empty() || text.size() > kMaxSize || !is_alnum(text.front()) ||
      !std::ranges::all_of(text, is_inner)) {
    return fail(
        ErrorCode::kInvalidRequest,
        "not a workspace id (1 to 64 letters, digits, '.', '_' and '-', a letter or digit first): \"" +
            printable(text, 80) + "\"");
  }
  return WorkspaceId(text);
}

}  // namespace hubwarden::policy

#include "auth/page.h"

#include "base/text.h"

namespace hubwarden::auth {
namespace {

// Says what the cursor continues, so that one of another list is refused.
constexpr std::string_view kPrefix = "workspace:";

}  // namespace

Result<PageRequest> PageRequest::parse(std::optional<std::string_view> limit,
                                       std::optional<std::string_view> cursor) {
  PageRequest page;
  if (limit) {
    const auto number = parse_number<std::size_t>(*limit);
    if (!number || *number < 1 || *number > kMaxLimit) {
      return fail(ErrorCode::kInvalidRequest,
                  "limit must be a number from 1 to " + std::to_string(kMaxLimit));
    }
    page.limit_ = *number;
  }
  if (cursor) {
    const std::string text = decode_base64url(*cursor).value_or("");
    const auto id = policy::WorkspaceId::parse(text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : "");
    if (!id) return fail(ErrorCode::kInvalidRequest, "cursor must be one that a page of this list gave");
    page.after_ = *id;
  }
  return page;
}

WorkspacePage::WorkspacePage(std::vector<store::WorkspaceRecord> records, std::size_t limit)
    : items_(std::move(records)) {
  if (items_.size() <= limit) return;
  items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(limit), items_.end());
  const std::string text = std::string(kPrefix) + items_.back().workspace.id.text();
  next_cursor_ = base64url(as_bytes(text));
}

}  // namespace hubwarden::auth

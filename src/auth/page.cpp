#include "auth/page.h"

namespace hubwarden::auth {
namespace {

// Says what the cursor continues, so that one of another list is refused.
std::string prefix_of(std::string_view list) {
  return std::string(list) + ":";
}

}  // namespace

Result<std::size_t> parse_page_limit(std::optional<std::string_view> text) {
  if (!text) return kDefaultPage;
  const auto number = parse_number<std::size_t>(*text);
  if (number && *number >= 1 && *number <= kMaxPage) return *number;
  return fail(ErrorCode::kInvalidRequest, "limit must be a number from 1 to " + std::to_string(kMaxPage));
}

std::optional<std::string> open_cursor(std::string_view list, std::string_view cursor) {
  const std::string prefix = prefix_of(list);
  const std::optional<std::string> text = decode_base64url(cursor);
  if (!text || !text->starts_with(prefix)) return std::nullopt;
  return text->substr(prefix.size());
}

std::string make_cursor(std::string_view list, std::string_view last_item) {
  const std::string text = prefix_of(list).append(last_item);
  return base64url(as_bytes(text));
}

Error wrong_cursor() {
  return Error(ErrorCode::kInvalidRequest, "cursor must be one that a page of this list gave");
}

}  // namespace hubwarden::auth

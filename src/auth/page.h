#pragma once

// One page of a long list. The cursor is opaque to callers; it names the last item they saw.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "policy/workspace_id.h"
#include "store/workspace.h"

namespace hubwarden::auth {

class PageRequest {
 public:
  static constexpr std::size_t kDefaultLimit = 30;  // GitHub's own numbers: nobody has to learn others
  static constexpr std::size_t kMaxLimit = 100;

  PageRequest() = default;
  // As they came in a query: `limit` 1 to 100, `cursor` as a page gave it.
  static Result<PageRequest> parse(std::optional<std::string_view> limit,
                                   std::optional<std::string_view> cursor);

  std::size_t limit() const { return limit_; }
  const std::optional<policy::WorkspaceId>& after() const { return after_; }

 private:
  std::size_t limit_ = kDefaultLimit;
  std::optional<policy::WorkspaceId> after_;
};

class WorkspacePage {
 public:
  // `records` are the page's items and, if there is more to come, one beyond them.
  WorkspacePage(std::vector<store::WorkspaceRecord> records, std::size_t limit);

  const std::vector<store::WorkspaceRecord>& items() const { return items_; }
  const std::optional<std::string>& next_cursor() const { return next_cursor_; }

 private:
  std::vector<store::WorkspaceRecord> items_;
  std::optional<std::string> next_cursor_;
};

}  // namespace hubwarden::auth

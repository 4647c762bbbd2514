#pragma once

// One page of a long list. The cursor is opaque to callers; it names the last item they saw.
//
//   Result<HandlePageRequest> request = HandlePageRequest::parse(limit, cursor);   // as they came in a query
//   HandlePage page(records, request->limit());

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "policy/workspace_id.h"
#include "store/approval.h"
#include "store/handle.h"
#include "store/workspace.h"

namespace hubwarden::auth {

inline constexpr std::size_t kDefaultPage = 30;  // GitHub's own numbers: nobody has to learn others
inline constexpr std::size_t kMaxPage = 100;

// 1 to kMaxPage; kDefaultPage if there is none.
Result<std::size_t> parse_page_limit(std::optional<std::string_view> text);
// What `cursor` says of the list by that name; nothing if it is of another, or none.
std::optional<std::string> open_cursor(std::string_view list, std::string_view cursor);
std::string make_cursor(std::string_view list, std::string_view last_item);
Error wrong_cursor();

// What is listed: its name in cursors, its records, and the ids by which they are ordered.
struct WorkspaceList {
  using Id = policy::WorkspaceId;
  using Record = store::WorkspaceRecord;
  static constexpr std::string_view kName = "workspace";
  static Result<Id> parse(std::string_view text) { return Id::parse(text); }
  static std::string id_of(const Record& record) { return record.workspace.id.text(); }
};

struct HandleList {
  using Id = store::HandleId;
  using Record = store::Handle;
  static constexpr std::string_view kName = "handle";
  static Result<Id> parse(std::string_view text) { return store::parse_handle_id(text); }
  static std::string id_of(const Record& record) { return store::to_text(record.id); }
};

struct ApprovalList {
  using Id = store::ApprovalId;
  using Record = store::Approval;
  static constexpr std::string_view kName = "approval";
  static Result<Id> parse(std::string_view text) { return store::parse_approval_id(text); }
  static std::string id_of(const Record& record) { return store::to_text(record.id); }
};

template <class List>
class PageRequestOf {
 public:
  PageRequestOf() = default;
  // As they came in a query: `limit` 1 to 100, `cursor` as a page gave it.
  static Result<PageRequestOf> parse(std::optional<std::string_view> limit,
                                     std::optional<std::string_view> cursor) {
    PageRequestOf page;
    const Result<std::size_t> number = parse_page_limit(limit);
    if (!number) return std::unexpected(number.error());
    page.limit_ = *number;
    if (!cursor) return page;
    const auto id = List::parse(open_cursor(List::kName, *cursor).value_or(""));
    if (!id) return std::unexpected(wrong_cursor());
    page.after_ = *id;
    return page;
  }

  std::size_t limit() const { return limit_; }
  const std::optional<typename List::Id>& after() const { return after_; }

 private:
  std::size_t limit_ = kDefaultPage;
  std::optional<typename List::Id> after_;
};

template <class List>
class PageOf {
 public:
  using Record = typename List::Record;

  // `records` are the page's items and, if there is more to come, one beyond them.
  PageOf(std::vector<Record> records, std::size_t limit) : items_(std::move(records)) {
    if (items_.size() <= limit) return;
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(limit), items_.end());
    next_cursor_ = make_cursor(List::kName, List::id_of(items_.back()));
  }

  const std::vector<Record>& items() const { return items_; }
  const std::optional<std::string>& next_cursor() const { return next_cursor_; }

 private:
  std::vector<Record> items_;
  std::optional<std::string> next_cursor_;
};

using WorkspacePageRequest = PageRequestOf<WorkspaceList>;
using WorkspacePage = PageOf<WorkspaceList>;
using HandlePageRequest = PageRequestOf<HandleList>;
using HandlePage = PageOf<HandleList>;
using ApprovalPageRequest = PageRequestOf<ApprovalList>;
using ApprovalPage = PageOf<ApprovalList>;

}  // namespace hubwarden::auth

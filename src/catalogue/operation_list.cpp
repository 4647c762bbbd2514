#include "catalogue/operation_list.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

std::unexpected<Error> named_twice(std::string_view entry) {
  return fail(ErrorCode::kInvalidRequest, "operation named twice: \"" + std::string(entry) + "\"");
}

Result<Named> parse_entry(std::string_view entry) {
  Result<Named> named = parse_operation_name(entry);
  if (named && !named->operation.works_with_installation_token()) {
    return fail(ErrorCode::kInvalidRequest,
                "installation tokens do not work for \"" + std::string(entry) + "\"");
  }
  return named;
}

}  // namespace

Result<OperationList> OperationList::parse(std::span<const std::string_view> entries) {
  if (entries.empty()) return fail(ErrorCode::kInvalidRequest, "a list of operations must name at least one");
  if (entries.size() > kMaxEntries) {
    return fail(ErrorCode::kInvalidRequest,
                "a list of operations may have at most " + std::to_string(kMaxEntries) + " entries");
  }
  bool has_reads = false;
  std::vector<Named> all;
  for (const std::string_view entry : entries) {
    if (entry == kRead) {
      if (has_reads) return named_twice(entry);
      has_reads = true;
      continue;
    }
    Result<Named> named = parse_entry(entry);
    if (!named) return std::unexpected(std::move(named).error());
    all.push_back(*named);
  }
  std::ranges::sort(all, {}, &Named::name);
  const auto twice = std::ranges::adjacent_find(all, {}, &Named::name);
  if (twice != all.end()) return named_twice(twice->name());
  return OperationList(has_reads, std::move(all));
}

Result<OperationList> OperationList::parse_text(std::string_view text) {
  return parse(split(text, ','));
}

bool OperationList::allows(const Named& named) const {
  const Operation& wanted = named.operation;
  if (has_reads_ && wanted.is_read() && wanted.is_of_repository() && wanted.works_with_installation_token()) {
    return true;
  }
  return std::ranges::any_of(named_, [&](const Named& one) {
    return one.operation == wanted && (!one.short_name || one.short_name == named.short_name);
  });
}

bool OperationList::has_writes() const {
  return std::ranges::any_of(named_, [](const Named& one) { return !one.operation.is_read(); });
}

std::vector<std::string_view> OperationList::items() const {
  std::vector<std::string_view> items;
  if (has_reads_) items.push_back(kRead);
  for (const Named& one : named_) items.push_back(one.name());
  return items;
}

std::string OperationList::text() const {
  std::string text;
  for (const std::string_view item : items()) {
    if (!text.empty()) text += ',';
    text += item;
  }
  return text;
}

}  // namespace hubwarden::catalogue

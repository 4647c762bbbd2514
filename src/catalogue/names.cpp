#include "catalogue/names.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace hubwarden::catalogue {
namespace {

struct Short {
  ShortName name;
  std::string_view text;
  std::string_view id;
};

constexpr std::array<Short, 7> kShort = {{
    {ShortName::kPullRequestMetadata, "pull_request_metadata", "pulls/get"},
    {ShortName::kPullRequestFiles, "pull_request_files", "pulls/list-files"},
    {ShortName::kRepositoryMetadata, "repository_metadata", "repos/get"},
    {ShortName::kRepositoryIssues, "repository_issues", "issues/list-for-repo"},
    {ShortName::kCreateIssue, "create_issue", "issues/create"},
    {ShortName::kCreatePullRequestComment, "create_pull_request_comment", "issues/create-comment"},
    {ShortName::kCreateCheckRun, "create_check_run", "checks/create"},
}};

constexpr auto kNames = [] {
  std::array<ShortName, kShort.size()> names{};
  std::ranges::transform(kShort, names.begin(), &Short::name);
  return names;
}();

const Short& row_of(ShortName name) {
  const auto found = std::ranges::find(kShort, name, &Short::name);
  HW_CHECK(found != kShort.end());
  return *found;
}

// Longer than any name: what is beyond it is not compared with the names, and not repeated whole.
constexpr std::size_t kMaxShown = 80;
// A slip or two of the fingers; with more, the name is another one.
constexpr std::size_t kMaxEdits = 2;

// The nearest name, which begins like `text`: to compare with all would take milliseconds of a wrong request.
std::string_view near_miss(std::string_view text) {
  std::string_view nearest;
  std::size_t edits = kMaxEdits + 1;
  const auto look_at = [&](std::string_view name) {
    const std::size_t longer = std::max(name.size(), text.size()) - std::min(name.size(), text.size());
    if (longer >= edits || name.front() != text.front()) return;
    const std::size_t distance = edit_distance(name, text);
    if (distance >= edits) return;
    edits = distance;
    nearest = name;
  };
  if (text.empty() || text.size() > kMaxShown) return {};
  for (const Short& one : kShort) look_at(one.text);
  for (const Operation& operation : operations()) look_at(operation.id());
  return nearest;
}

}  // namespace

std::string_view to_string(ShortName name) {
  return row_of(name).text;
}

std::span<const ShortName> short_names() {
  return kNames;
}

Operation operation_of(ShortName name) {
  return find(row_of(name).id).value();
}

std::string_view Named::name() const {
  return short_name ? to_string(*short_name) : operation.id();
}

Result<Named> parse_operation_name(std::string_view text) {
  const auto by_short_name = std::ranges::find(kShort, text, &Short::text);
  if (by_short_name != kShort.end()) {
    return Named{operation_of(by_short_name->name), by_short_name->name};
  }
  if (const auto operation = find(text)) return Named{*operation, std::nullopt};
  std::string message = "no operation \"" + printable(text, kMaxShown) + "\"";
  if (const std::string_view nearest = near_miss(text); !nearest.empty()) {
    message.append("; did you mean ").append(nearest).append("?");
  }
  return fail(ErrorCode::kInvalidRequest, std::move(message));
}

}  // namespace hubwarden::catalogue

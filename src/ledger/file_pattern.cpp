#include "ledger/file_pattern.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::ledger {
namespace {

constexpr std::string_view kDate = "{date}";
constexpr std::string_view kMonth = "{month}";
// Of the beginning of an RFC 3339 time.
constexpr std::size_t kDateSize = 10;  // 2027-01-15
constexpr std::size_t kMonthSize = 7;  // 2027-01

std::unexpected<Error> refuse(std::string_view text) {
  return fail(ErrorCode::kInvalidRequest,
              "\"" + printable(text, 200) +
                  "\": a file of the ledger may have {date} or {month} in its name, "
                  "once, and no other braces");
}

}  // namespace

Result<FilePattern> FilePattern::parse(std::string_view text) {
  Part part = Part::kWhole;
  std::size_t at = text.find(kDate);
  std::size_t size = kDate.size();
  if (at != std::string_view::npos) {
    part = Part::kDay;
  } else if (at = text.find(kMonth); at != std::string_view::npos) {
    part = Part::kMonth;
    size = kMonth.size();
  }
  const std::string before(text.substr(0, at));
  const std::string after(at == std::string_view::npos ? "" : text.substr(at + size));
  const bool is_in_folder = after.find('/') != std::string::npos;
  if (is_in_folder || (before + after).find_first_of("{}") != std::string::npos) return refuse(text);
  return FilePattern(before, after, part);
}

std::string FilePattern::path_at(TimePoint when) const {
  if (part_ == Part::kWhole) return before_;
  return before_ + rfc3339(when).substr(0, part_ == Part::kDay ? kDateSize : kMonthSize) + after_;
}

bool FilePattern::is_one(std::string_view path) const {
  if (!path.starts_with(before_) || !path.ends_with(after_)) return false;
  const std::size_t size = part_ == Part::kDay ? kDateSize : kMonthSize;
  if (path.size() != before_.size() + size + after_.size()) return false;
  const std::string_view time = path.substr(before_.size(), size);
  return std::ranges::all_of(time, [](char c) { return is_digit(c) || c == '-'; });
}

std::optional<std::string> FilePattern::latest() const {
  std::error_code failed;
  if (part_ == Part::kWhole) {
    return std::filesystem::exists(before_, failed) ? std::optional(before_) : std::nullopt;
  }
  const std::filesystem::path folder = std::filesystem::path(before_).parent_path();
  std::optional<std::string> latest;
  // Their names are in the order of their times.
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder, failed)) {
    const std::string path = (folder / entry.path().filename()).string();
    if (is_one(path) && (!latest || path > *latest)) latest = path;
  }
  return latest;
}

}  // namespace hubwarden::ledger

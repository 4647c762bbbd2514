#include "config/policy_files.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/document.h"

namespace hubwarden::config {
namespace {

// Others may stand beside them; the bound keeps a wrong path from being read to its end.
constexpr std::size_t kMaxEntries = 4096;

Problem problem(const std::string& path, std::string message) {
  return {Origin(printable(path, kMaxShownPath), 0), std::move(message)};
}

bool is_of_policy(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"));
}

std::expected<std::vector<std::string>, Problem> paths_in(const std::string& folder,
                                                          const FileReader& files) {
  const auto names = files.list(folder, kMaxEntries);
  if (!names && names.error() == FileError::kNotADirectory) {
    return std::unexpected(problem(folder, "is neither a file nor a directory"));
  }
  if (!names) return std::unexpected(problem(folder, why(names.error())));
  const std::string beginning = folder.ends_with('/') ? folder : folder + "/";
  std::vector<std::string> paths;
  for (const std::string& name : *names) {
    if (is_of_policy(name)) paths.push_back(beginning + name);
  }
  if (paths.empty()) return std::unexpected(problem(folder, "holds no *.yaml and no *.yml"));
  if (paths.size() > kMaxPolicyFiles) return std::unexpected(problem(folder, "holds more than 256 files"));
  return paths;
}

}  // namespace

std::expected<Policy, std::vector<Problem>> load_policy(const std::string& path, const FileReader& files) {
  const auto file = files.read(path, kMaxDocumentBytes);
  if (file) return parse_policy(file->content, printable(path, kMaxShownPath));
  if (file.error() != FileError::kNotAFile) {
    return std::unexpected(std::vector{problem(path, why(file.error()))});
  }
  const auto paths = paths_in(path, files);
  if (!paths) return std::unexpected(std::vector{paths.error()});
  std::vector<PolicyText> texts;
  std::vector<Problem> problems;
  for (const std::string& each : *paths) {
    auto read = files.read(each, kMaxDocumentBytes);
    if (read) texts.emplace_back(std::move(read->content), printable(each, kMaxShownPath));
    if (!read) problems.push_back(problem(each, why(read.error())));
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return parse_policy(texts);
}

}  // namespace hubwarden::config

#include "apps/hubwarden/program_files.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ranges>
#include <string_view>

#include "base/text.h"

namespace hubwarden::apps {
namespace {

constexpr std::string_view kProgram = "git-credential-hubwarden";

constexpr std::string_view kSection = "credential.";
constexpr std::string_view kName = ".helper";

const ConfigEntry* last_of_ours(const std::vector<ConfigEntry>& entries) {
  for (const ConfigEntry& entry : std::views::reverse(entries)) {
    const bool is_helper =
        entry.key == "credential.helper" || (entry.key.starts_with(kSection) && entry.key.ends_with(kName));
    if (is_helper && is_hubwarden(entry.value)) return &entry;
  }
  return nullptr;
}

std::string on_path(const std::string& name) {
  const char* const path = std::getenv("PATH");
  for (const std::string_view folder : split(path == nullptr ? "" : path, ':')) {
    std::string candidate = std::string(folder.empty() ? "." : folder) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return name;
}

}  // namespace

Result<std::string> program_beside_us() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return fail(ErrorCode::kInternal, "cannot tell where this program is");
  const std::string_view self(path.data(), static_cast<std::size_t>(size));
  return std::string(self.substr(0, self.rfind('/') + 1)) + std::string(kProgram);
}

std::string helper_program(const std::vector<ConfigEntry>& chain) {
  const auto ours =
      std::ranges::find_if(chain, [](const ConfigEntry& helper) { return is_hubwarden(helper.value); });
  if (ours == chain.end()) return program_beside_us().value_or(std::string(kProgram));
  const std::vector<std::string> words = helper_words(ours->value);
  const std::string& program = words.front();
  if (program.find('/') != std::string::npos) return program;
  // What is neither a path nor shell, git lengthens (gitcredentials(7)).
  return on_path(ours->value.starts_with('!') ? program : "git-credential-" + program);
}

std::string helper_host_of(const std::vector<ConfigEntry>& entries) {
  const ConfigEntry* const ours = last_of_ours(entries);
  if (ours == nullptr || ours->key == "credential.helper") return "";
  const std::string_view key = ours->key;
  return std::string(key.substr(kSection.size(), key.size() - kSection.size() - kName.size()));
}

std::string settings_file_of(const std::vector<ConfigEntry>& entries) {
  const ConfigEntry* const ours = last_of_ours(entries);
  if (ours == nullptr) return "";
  const std::vector<std::string> words = helper_words(ours->value);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--config" && i + 1 < words.size()) return words[i + 1];
    if (words[i].starts_with("--config=")) return words[i].substr(9);
  }
  return "";
}

}  // namespace hubwarden::apps

#pragma once

// Files of a test, in memory.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/files.h"

namespace hubwarden::config {

class FakeFiles final : public FileReader {
 public:
  FakeFiles() = default;

  FakeFiles& add(std::string path, std::string content) {
    files_[std::move(path)].content = std::move(content);
    return *this;
  }
  FakeFiles& add_open_to_others(std::string path, std::string content) {
    files_[path].open_to_others = true;
    return add(std::move(path), std::move(content));
  }
  FakeFiles& add_error(std::string path, FileError error) {
    errors_.emplace(std::move(path), error);
    return *this;
  }

  std::expected<File, FileError> read(const std::string& path, std::size_t limit) const override {
    if (const auto error = errors_.find(path); error != errors_.end()) return std::unexpected(error->second);
    const auto file = files_.find(path);
    if (file == files_.end()) {
      return std::unexpected(is_directory(path) ? FileError::kNotAFile : FileError::kMissing);
    }
    if (file->second.content.size() > limit) return std::unexpected(FileError::kTooLarge);
    return file->second;
  }

  std::expected<std::vector<std::string>, FileError> list(const std::string& path,
                                                          std::size_t limit) const override {
    if (const auto error = errors_.find(path); error != errors_.end()) return std::unexpected(error->second);
    if (files_.contains(path)) return std::unexpected(FileError::kNotADirectory);
    if (!is_directory(path)) return std::unexpected(FileError::kMissing);
    const std::string inside = beginning_of(path);
    std::vector<std::string> names;
    for (const auto& [name, file] : files_) {
      if (name.starts_with(inside)) names.push_back(name.substr(inside.size()));
    }
    if (names.size() > limit) return std::unexpected(FileError::kTooLarge);
    return names;
  }

 private:
  static std::string beginning_of(const std::string& path) { return path.ends_with('/') ? path : path + "/"; }
  // Something is in it.
  bool is_directory(const std::string& path) const {
    const auto inside = files_.lower_bound(beginning_of(path));
    return inside != files_.end() && inside->first.starts_with(beginning_of(path));
  }

  std::map<std::string, File> files_;
  std::map<std::string, FileError> errors_;
};

}  // namespace hubwarden::config

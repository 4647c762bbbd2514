#pragma once

// Files as configuration reads them: whole, small, regular. Injected, so that tests need no disk.

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

namespace hubwarden::config {

struct File {
  std::string content;
  bool open_to_others = false;  // group or others may read it
};

enum class FileError { kMissing, kNotReadable, kNotAFile, kNotADirectory, kTooLarge };

class FileReader {
 public:
  virtual ~FileReader() = default;
  // kTooLarge beyond `limit` bytes.
  virtual std::expected<File, FileError> read(const std::string& path, std::size_t limit) const = 0;
  // What is in a directory, by name and in the names' order. kTooLarge beyond `limit` of them.
  virtual std::expected<std::vector<std::string>, FileError> list(const std::string& path,
                                                                  std::size_t limit) const = 0;
};

class SystemFiles final : public FileReader {
 public:
  std::expected<File, FileError> read(const std::string& path, std::size_t limit) const override;
  std::expected<std::vector<std::string>, FileError> list(const std::string& path,
                                                          std::size_t limit) const override;
};

// "does not exist", to follow the path in a message.
std::string why(FileError error);

}  // namespace hubwarden::config

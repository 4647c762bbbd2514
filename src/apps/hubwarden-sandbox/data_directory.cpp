#include "apps/hubwarden-sandbox/data_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

#include <string>

namespace hubwarden::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".hubwarden-sandbox";

Result<fs::path> make_temporary() {
  std::string name = (fs::temp_directory_path() / "hubwarden-sandbox-XXXXXX").string();
  if (!::mkdtemp(name.data())) return fail(ErrorCode::kNotConfigured, "cannot make a temporary directory");
  return fs::path(name);
}

std::unexpected<Error> refuse(const fs::path& root, std::string_view why) {
  return fail(ErrorCode::kNotConfigured, root.string() + ": " + std::string(why));
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const fs::path& path) {
  const bool temporary = path.empty();
  const Result<fs::path> chosen = temporary ? make_temporary() : Result<fs::path>(fs::absolute(path));
  if (!chosen) return std::unexpected(chosen.error());
  const fs::path& root = *chosen;
  std::error_code error;
  fs::create_directories(root, error);
  if (error) return refuse(root, error.message());
  const fs::path mark = root / kMark;
  if (!fs::exists(mark, error) && !fs::is_empty(root, error)) {
    return refuse(root, "holds something that no sandbox has put there");
  }
  net::UniqueFd lock(::open(mark.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return refuse(root, "cannot be written to");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return refuse(root, "is in use by another sandbox");

  DataDirectory directory(root, temporary, std::move(lock));
  for (const fs::path& part : {directory.repositories(), directory.keys()}) {
    fs::remove_all(part, error);
    fs::create_directory(part, error);
    if (error) return refuse(part, error.message());
  }
  fs::permissions(directory.keys(), fs::perms::owner_all, error);
  return directory;
}

DataDirectory::~DataDirectory() {
  std::error_code error;
  if (temporary_ && lock_) fs::remove_all(root_, error);
}

}  // namespace hubwarden::sandbox

#include "apps/git-credential-hubwarden/bearer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "apps/git-credential-hubwarden/unique_fd.h"

namespace hubwarden::git_credential {
namespace {

std::unexpected<Error> unusable(const std::string& where, std::string_view why) {
  return fail(ErrorCode::kNotConfigured, "the workspace's token (" + where + "): " + std::string(why));
}

// What may stand in an Authorization header: printable ASCII without blanks.
Result<Secret> checked(std::string_view text, const std::string& where) {
  if (text.empty()) return unusable(where, "empty");
  if (text.size() > kMaxBearer) return unusable(where, "too long");
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_plain) return unusable(where, "holds something that is not printable ASCII");
  return Secret(text);
}

}  // namespace

Result<Secret> read_bearer(const std::string& file) {
  const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return unusable(file, std::strerror(errno));
  struct stat info{};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return unusable(file, "not a file");
  if (info.st_uid != geteuid() && info.st_uid != 0) return unusable(file, "belongs to another user");
  const bool is_own = info.st_uid == geteuid();
  const mode_t of_others = is_own ? S_IRWXG | S_IRWXO : S_IWGRP | S_IXGRP | S_IRWXO;
  if ((info.st_mode & of_others) != 0) return unusable(file, "others may read it; chmod 600");
  std::array<char, kMaxBearer + 2> buffer{};
  const ssize_t size = read(fd.get(), buffer.data(), buffer.size());
  if (size < 0) return unusable(file, std::strerror(errno));
  std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  if (text.ends_with('\n')) text.remove_suffix(1);
  Result<Secret> bearer = checked(text, file);
  explicit_bzero(buffer.data(), buffer.size());
  return bearer;
}

Result<Bearer> Bearer::find(const std::string& token_file) {
  if (const char* token = std::getenv("HUBWARDEN_WORKSPACE_TOKEN")) {
    Result<Secret> value = checked(token, "HUBWARDEN_WORKSPACE_TOKEN");
    if (!value) return std::unexpected(value.error());
    return fixed(std::move(*value));
  }
  const char* const named = std::getenv("HUBWARDEN_WORKSPACE_TOKEN_FILE");
  std::string file = named != nullptr ? named : token_file;
  if (file.empty()) return unusable("token_file", "not configured");
  Result<Secret> value = read_bearer(file);
  if (!value) return std::unexpected(value.error());
  return Bearer(std::move(*value), std::move(file));
}

bool Bearer::read_again() {
  if (file_.empty()) return false;
  Result<Secret> value = read_bearer(file_);
  if (!value || *value == value_) return false;
  value_ = std::move(*value);
  return true;
}

}  // namespace hubwarden::git_credential

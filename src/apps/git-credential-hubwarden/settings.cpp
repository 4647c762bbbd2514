#include "apps/git-credential-hubwarden/settings.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "apps/git-credential-hubwarden/unique_fd.h"
#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

constexpr std::array<std::string_view, 8> kKeys = {"address",    "workspace", "token_file", "host",
                                                   "repository", "ca_file",   "ca_dir",     "record"};

std::string_view nearest_key(std::string_view text) {
  return *std::ranges::min_element(kKeys, {}, [&](std::string_view key) { return edit_distance(key, text); });
}

// The values as they stand, each checked on its own line; what must be there is checked at the end.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Result<void> read_line(std::string_view line) {
    ++line_;
    line = trim(line);
    if (line.empty() || line.starts_with('#')) return {};
    if (printable(line, line.size()) != line) return wrong("a control character");
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return wrong("not \"key = value\"");
    const std::string_view key = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    if (std::ranges::find(kKeys, key) == kKeys.end()) {
      return wrong("unknown key \"" + printable(key, 60) + "\"; did you mean \"" +
                   std::string(nearest_key(printable(key, 60))) + "\"?");
    }
    if (value.empty()) return wrong(std::string(key) + " has no value");
    if (key == "host") return add_host(value);
    if (key == "repository") return add_repository(value);
    return set(key, value);
  }

  Result<Settings> finish() {
    if (!address_) return missing("address");
    if (!workspace_) return missing("workspace");
    Settings settings(std::move(*address_), std::move(*workspace_));
    settings.token_file = std::move(token_file_);
    if (hosts_.empty()) hosts_.emplace_back("https://github.com");
    settings.hosts = std::move(hosts_);
    settings.repositories = std::move(repositories_);
    settings.ca_file = std::move(ca_file_);
    if (!ca_dir_.empty()) settings.ca_dir = std::move(ca_dir_);
    settings.keeps_record = record_ != "off";
    return settings;
  }

 private:
  std::unexpected<Error> wrong(const std::string& why) const {
    return fail(ErrorCode::kInvalidRequest, name_ + ":" + std::to_string(line_) + ": " + why);
  }

  std::unexpected<Error> missing(std::string_view key) const {
    return fail(ErrorCode::kInvalidRequest, name_ + ": \"" + std::string(key) + "\" is missing");
  }

  Result<void> add_host(std::string_view value) {
    Result<std::string> host = parse_host(value);
    if (!host) return wrong(host.error().message());
    hosts_.push_back(std::move(*host));
    return {};
  }

  Result<void> add_repository(std::string_view value) {
    Result<policy::Repository> repository = policy::Repository::parse(value);
    if (!repository) return wrong(repository.error().message());
    repositories_.push_back(std::move(*repository));
    return {};
  }

  Result<void> set(std::string_view key, std::string_view value) {
    if (key == "address") {
      if (address_) return twice(key);
      Result<Address> address = Address::parse(value);
      if (!address) return wrong(address.error().message());
      address_ = std::move(*address);
      return {};
    }
    if (key == "workspace") {
      if (workspace_) return twice(key);
      Result<policy::WorkspaceId> workspace = policy::WorkspaceId::parse(value);
      if (!workspace) return wrong(workspace.error().message());
      workspace_ = std::move(*workspace);
      return {};
    }
    std::string& text = text_of(key);
    if (!text.empty()) return twice(key);
    if (key == "record" && value != "on" && value != "off") return wrong("record is \"on\" or \"off\"");
    const bool is_file = key == "token_file" || key == "ca_file" || key == "ca_dir";
    if (is_file && !value.starts_with('/')) return wrong(std::string(key) + " must start with /");
    text = value;
    return {};
  }

  std::unexpected<Error> twice(std::string_view key) const {
    return wrong(std::string(key) + " stands twice");
  }

  std::string& text_of(std::string_view key) {
    if (key == "token_file") return token_file_;
    if (key == "ca_file") return ca_file_;
    if (key == "ca_dir") return ca_dir_;
    return record_;
  }

  std::string name_;
  int line_ = 0;
  std::optional<Address> address_;
  std::optional<policy::WorkspaceId> workspace_;
  std::string token_file_;
  std::string ca_file_;
  std::string ca_dir_;
  std::string record_;
  std::vector<std::string> hosts_;
  std::vector<policy::Repository> repositories_;
};

std::unexpected<Error> unreadable(const std::string& file, std::string_view why) {
  return fail(ErrorCode::kNotConfigured, "cannot read " + file + ": " + std::string(why));
}

}  // namespace

Result<std::string> parse_host(std::string_view text) {
  const bool is_plain = text.starts_with("http://");
  std::string url =
      is_plain || text.starts_with("https://") ? std::string(text) : "https://" + std::string(text);
  if (url.ends_with('/')) return fail(ErrorCode::kInvalidRequest, "a host ends without /");
  const Result<Address> address = Address::parse(url);
  if (!address) return std::unexpected(address.error());
  return url;
}

Result<Settings> parse_settings(std::string_view text, std::string_view name) {
  Reader reader(name);
  for (const std::string_view line : split(text, '\n')) {
    const Result<void> read = reader.read_line(line);
    if (!read) return std::unexpected(read.error());
  }
  return reader.finish();
}

Result<std::string> find_settings_file(const std::string& named) {
  if (!named.empty()) return named;
  if (const char* given = std::getenv("HUBWARDEN_CREDENTIAL_CONFIG")) return given;
  const char* const xdg = std::getenv("XDG_CONFIG_HOME");
  if (xdg != nullptr && xdg[0] == '/') return std::string(xdg) + "/hubwarden/credential";
  const char* const home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.config/hubwarden/credential";
  return fail(ErrorCode::kNotConfigured, "no configuration: neither --config nor HOME is given");
}

Result<Settings> read_settings(const std::string& file) {
  const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return unreadable(file, std::strerror(errno));
  struct stat info{};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return unreadable(file, "not a file");
  if (info.st_uid != geteuid() && info.st_uid != 0) return unreadable(file, "it belongs to another user");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return unreadable(file, "others may write to it; chmod go-w");
  }
  std::string text(kMaxSettings + 1, '\0');
  const ssize_t size = read(fd.get(), text.data(), text.size());
  if (size < 0) return unreadable(file, std::strerror(errno));
  text.resize(static_cast<std::size_t>(size));
  if (text.size() > kMaxSettings) return unreadable(file, "too long");
  return parse_settings(text, file);
}

}  // namespace hubwarden::git_credential

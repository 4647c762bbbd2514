#include "apps/hubwarden/remote.h"

#include <algorithm>

#include "apps/hubwarden/git_command.h"
#include "base/text.h"

namespace hubwarden::apps {
namespace {

std::optional<Remote> on_host(std::string_view scheme, std::string_view authority, std::string_view path) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (scheme == "ssh" && !authority.ends_with(']')) authority = authority.substr(0, authority.rfind(':'));
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  Result<policy::Repository> repository = policy::Repository::parse(path);
  if (authority.empty() || !repository) return std::nullopt;
  return Remote(scheme, lower(authority), std::move(*repository));
}

}  // namespace

std::optional<Remote> parse_remote(std::string_view url) {
  const std::size_t slashes = url.find("://");
  if (slashes == std::string_view::npos) {
    // Git's own rule: a colon before any slash.
    const std::size_t colon = url.find(':');
    if (colon == std::string_view::npos || url.find('/') < colon) return std::nullopt;
    return on_host("ssh", url.substr(0, colon), url.substr(colon + 1));
  }
  const std::string scheme = lower(url.substr(0, slashes));
  if (scheme != "https" && scheme != "http" && scheme != "ssh") return std::nullopt;
  const std::string_view rest = url.substr(slashes + 3);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return on_host(scheme, rest.substr(0, slash), rest.substr(slash));
}

std::optional<std::string> host_of(const Remote& remote, const std::vector<std::string>& hosts) {
  const std::string scheme = remote.scheme == "ssh" ? "https" : remote.scheme;
  const auto found = std::ranges::find(hosts, scheme + "://" + remote.host);
  if (found == hosts.end()) return std::nullopt;
  return *found;
}

std::optional<git_credential::Question> current_repository(const git_credential::Settings& settings) {
  // Not `remote get-url`: what rewrites the address for git leaves the repository as it is. No repository, or
  // no origin, is no complaint.
  const Result<GitAnswer> answer = run_git({"config", "--get", "remote.origin.url"});
  if (!answer || answer->status != 0) return std::nullopt;
  const std::optional<Remote> remote = parse_remote(trim(split(answer->output, '\n').front()));
  if (!remote) return std::nullopt;
  std::optional<std::string> host = host_of(*remote, settings.hosts);
  if (!host) return std::nullopt;
  return git_credential::Question(*host, remote->repository);
}

}  // namespace hubwarden::apps

#include "apps/git-credential-hubwarden/question.h"

#include <algorithm>

namespace hubwarden::git_credential {

std::string github_host_of(std::string_view host) {
  const std::size_t slashes = host.find("://");
  const std::string_view usual = host.starts_with("https:") ? ":443" : ":80";
  std::string_view name = host.substr(slashes + 3);
  if (name.ends_with(usual)) name.remove_suffix(usual.size());
  return std::string(name);
}

std::variant<NotOurs, PathNeeded, Question> examine(const wire::CredentialRequest& request,
                                                    const Settings& settings) {
  const std::string host = request.protocol + "://" + request.host;
  if (std::ranges::find(settings.hosts, host) == settings.hosts.end()) return NotOurs();
  const bool for_another = request.username && !request.username->empty() && *request.username != kUsername;
  if (for_another) return NotOurs();
  if (!request.path) return PathNeeded();

  std::string_view path = *request.path;
  constexpr std::string_view kLfs = "/info/lfs";
  if (path.ends_with(kLfs)) path.remove_suffix(kLfs.size());
  Result<policy::Repository> repository = policy::Repository::parse(path);
  if (!repository) return NotOurs();
  const auto& allowed = settings.repositories;
  if (!allowed.empty() && std::ranges::find(allowed, *repository) == allowed.end()) return NotOurs();
  return Question(host, std::move(*repository));
}

}  // namespace hubwarden::git_credential

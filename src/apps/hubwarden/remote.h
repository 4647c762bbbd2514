#pragma once

// Which repository of which host a git remote is, and which one a command is about.
//
//   std::optional<Remote> remote = parse_remote("git@github.com:acme/widgets.git");
//   Result<std::optional<Question>> here = current_repository(settings);   // asks git for `origin`

#include <optional>
#include <string>
#include <string_view>

#include "apps/git-credential-hubwarden/question.h"
#include "apps/git-credential-hubwarden/settings.h"

namespace hubwarden::apps {

struct Remote {
  Remote(std::string_view scheme_, std::string_view host_, policy::Repository repository_)
      : scheme(scheme_), host(host_), repository(std::move(repository_)) {}

  std::string scheme;  // "https", "http", "ssh"
  std::string host;    // "github.com", "127.0.0.1:8080"; of ssh without the port, which is sshd's
  policy::Repository repository;
};

// https://, http://, ssh:// and user@host:path; nothing for anything else. Pure.
std::optional<Remote> parse_remote(std::string_view url);

// The one of `hosts` ("https://github.com") that the remote is on. A remote over ssh is on the host of its
// name.
std::optional<std::string> host_of(const Remote& remote, const std::vector<std::string>& hosts);

// What `origin` of the repository around the working directory is, if the settings have its host.
std::optional<git_credential::Question> current_repository(const git_credential::Settings& settings);

}  // namespace hubwarden::apps

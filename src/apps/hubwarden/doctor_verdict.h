#pragma once

// `hubwarden doctor`'s decision: from what was seen to the first broken link, its cause and its remedy. Pure.
//
//   Seen seen;
//   seen.git.host = "https://github.com";  …
//   std::optional<Finding> finding = first_broken(seen);   // nothing: all is well
//
// Links stand in the order in which a git command meets them. Their exit statuses are documented in
// docs/doctor.md and never change.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hubwarden/helper_chain.h"
#include "base/clock.h"
#include "base/error.h"

namespace hubwarden::apps {

enum class Link {
  kHelper,          // git and git-credential-hubwarden are there
  kGitConfig,       // git asks it, and first
  kGitPath,         // and tells it the repository
  kSettings,        // its settings are valid and mean this host and repository
  kWorkspaceToken,  // it may read the workspace's token
  kHubwarden,       // hubwarden is reached and ready
  kIdentity,        // and knows the token
  kGrant,           // and the workspace may have the repository
  kGitHub,          // hubwarden reaches GitHub
  kAppKey,          // which knows the App and its key
  kClock,           // the clocks agree
  kInstallation,    // the App is installed on the repository
  kPermissions,     // and was granted what the workspace has
  kMint,            // GitHub gives a token
  kGit,             // git reads the repository
};
inline constexpr int kLinkCount = 15;
std::string_view to_string(Link link);  // "git-config"
// 10 for the first link, and so on.
int exit_status(Link link);

struct Finding {
  Finding(Link link_, std::string cause_, std::string remedy_)
      : link(link_), cause(std::move(cause_)), remedy(std::move(remedy_)) {}
  Link link;
  std::string cause;
  std::string remedy;
};

// What hubwarden said about a link behind it.
struct ServerLink {
  std::string name;   // "installation"
  std::string state;  // "ok", "broken", "unknown"
  std::string error;  // "app_not_installed"
  std::string message;
  std::string detail;
  std::string fix;  // "operator"
  std::optional<std::chrono::seconds> retry_after;
};

struct GitSeen {
  std::string trouble;             // git itself does not run
  std::string program;             // git-credential-hubwarden, as git's configuration names it
  bool has_program = false;        // it is there and may be run
  std::string host;                // "https://github.com"
  std::vector<ConfigEntry> chain;  // the helpers that git asks for the host
  bool tells_path = false;
};

// Empty text: no trouble. Whatever was not looked at is as if it were well, because something before it is
// not.
struct Seen {
  GitSeen git;
  std::string settings_file;
  std::string settings_trouble;
  std::string token_trouble;
  std::string address;             // hubwarden's, as the settings have it
  std::optional<Error> unreached;  // no answer
  std::string unready;             // what it answered instead of being ready
  std::optional<Error> refusal;    // its answer to the question for a diagnosis
  std::vector<ServerLink> links;
  // This machine's clock ahead of GitHub's.
  Duration clock_ahead = Duration::zero();
  std::string git_trouble;  // of `git ls-remote`
};

// Beyond this a token that hubwarden holds for good has ended by the workspace's clock, or the other way
// round: hubwarden gives out none with less than five minutes left unless it must.
inline constexpr Duration kClockTolerance = std::chrono::minutes(4);

std::optional<Finding> first_broken(const Seen& seen);

}  // namespace hubwarden::apps

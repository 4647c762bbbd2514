#include "apps/hubwarden/doctor_verdict.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::apps {
namespace {

using MaybeFinding = std::optional<Finding>;

constexpr std::array<std::string_view, kLinkCount> kNames = {
    "helper", "git-config", "git-path", "settings",     "workspace-token", "hubwarden", "identity", "grant",
    "github", "app-key",    "clock",    "installation", "permissions",     "mint",      "git"};
constexpr int kFirstStatus = 10;

MaybeFinding found(Link link, std::string cause, std::string remedy) {
  return Finding(link, std::move(cause), std::move(remedy));
}

std::string shown(const ConfigEntry& helper) {
  return "\"" + helper_name(helper.value) + "\" (" + helper.origin + ")";
}

MaybeFinding judge_helper(const GitSeen& git) {
  if (!git.trouble.empty()) {
    return found(Link::kHelper, "git does not run: " + git.trouble, "install git, and see that PATH has it");
  }
  if (git.has_program) return std::nullopt;
  return found(Link::kHelper, git.program + " is not there, or may not be run",
               "install git-credential-hubwarden beside hubwarden, and run `hubwarden setup-git` again");
}

MaybeFinding judge_chain(const GitSeen& git) {
  const auto ours =
      std::ranges::find_if(git.chain, [](const ConfigEntry& helper) { return is_hubwarden(helper.value); });
  const std::string remedy = "run `hubwarden setup-git --host " + git.host + " …`";
  if (ours == git.chain.end()) {
    std::string others;
    for (const ConfigEntry& helper : git.chain) others += (others.empty() ? " " : ", ") + shown(helper);
    return found(Link::kGitConfig,
                 "git does not ask hubwarden for " + git.host +
                     (others.empty() ? ", and nobody else" : "; it asks" + others),
                 remedy);
  }
  if (ours == git.chain.begin()) return std::nullopt;
  return found(Link::kGitConfig, "git asks another helper first: " + shown(git.chain.front()),
               remedy + ": it puts hubwarden before the others");
}

MaybeFinding judge_path(const GitSeen& git) {
  if (git.tells_path) return std::nullopt;
  return found(Link::kGitPath,
               "git does not tell its helpers which repository of " + git.host + " it is about",
               "git config --global credential." + git.host + ".useHttpPath true");
}

MaybeFinding judge_files(const Seen& seen) {
  if (!seen.settings_trouble.empty()) {
    return found(Link::kSettings, seen.settings_trouble,
                 "put " + seen.settings_file + " right, or run `hubwarden setup-git` again");
  }
  if (seen.token_trouble.empty()) return std::nullopt;
  return found(Link::kWorkspaceToken, seen.token_trouble,
               "put the workspace's token where its settings say, readable by its user alone; the operator "
               "makes a new one with `hubwarden workspace rotate`");
}

MaybeFinding judge_reach(const Seen& seen) {
  if (seen.unreached) {
    const bool is_verdict = seen.unreached->fix() == Fix::kOperator;
    return found(
        Link::kHubwarden, "no answer from " + seen.address + ": " + seen.unreached->message(),
        is_verdict ? "see that the certificate is for this name and that ca_file or ca_dir has its authority"
                   : "start hubwarden, or correct `address` in " + seen.settings_file +
                         "; no proxy is used on this way");
  }
  if (seen.unready.empty()) return std::nullopt;
  return found(Link::kHubwarden, seen.address + " is not ready: " + seen.unready,
               "look into hubwarden's log; correct `address` in " + seen.settings_file +
                   " if another server answers there");
}

MaybeFinding judge_refusal(const Seen& seen) {
  if (!seen.refusal) return std::nullopt;
  const std::string said = std::string(to_string(seen.refusal->code())) + ": " + seen.refusal->message();
  switch (seen.refusal->code()) {
    case ErrorCode::kUnauthenticated:
      return found(Link::kIdentity, "hubwarden does not know this token for this workspace (" + said + ")",
                   "correct `workspace`, or have the operator run `hubwarden workspace rotate` for it");
    case ErrorCode::kForbidden:
    case ErrorCode::kInvalidRequest:
      return found(
          Link::kGrant, said,
          "have the operator register the workspace with this repository, or name another with --repo");
    default:
      return found(Link::kHubwarden, "it does not answer for this workspace (" + said + ")",
                   seen.refusal->fix() == Fix::kWait ? "wait and try again" : "look into hubwarden's log");
  }
}

struct ServerRow {
  Link link;
  std::string_view error;  // empty: any other
  std::string_view remedy;
};

// The first that fits. What passes by itself, or is GitHub's, has its remedy from its `fix`.
constexpr std::array kServerRows = {
    ServerRow{
        Link::kGitHub, "",
        "see that hubwarden's machine reaches GitHub: github.api_url or host, github.proxy, github.ca_file, "
        "firewall and IP allow lists"},
    ServerRow{Link::kAppKey, "not_configured", "configure the App for this host: app_id and private_key"},
    ServerRow{
        Link::kAppKey, "",
        "see that app_id and private_key belong together and that the key was not deleted on the App's page"},
    ServerRow{Link::kClock, "", "set the clock of hubwarden's machine right (NTP)"},
    ServerRow{Link::kInstallation, "installation_suspended", "unsuspend the App's installation at GitHub"},
    ServerRow{
        Link::kInstallation, "",
        "install the App on the repository's owner, and give it this repository (its installation's page)"},
    ServerRow{
        Link::kPermissions, "",
        "grant the App what it lacks and have the owner accept it, or register the workspace with less"},
    ServerRow{Link::kMint, "", "look into hubwarden's log"},
};

std::string remedy_of(Link link, const ServerLink& state) {
  if (state.fix == "wait" && (state.error == "rate_limited" || link == Link::kMint)) {
    if (!state.retry_after) return "wait and try again";
    return "wait; again in " + std::to_string(state.retry_after->count()) + " s";
  }
  const auto row = std::ranges::find_if(kServerRows, [&](const ServerRow& each) {
    return each.link == link && (each.error.empty() || each.error == state.error);
  });
  return std::string(row == kServerRows.end() ? "look into hubwarden's log" : row->remedy);
}

MaybeFinding judge_server(const Seen& seen, Link link) {
  const auto state = std::ranges::find(seen.links, to_string(link), &ServerLink::name);
  if (state == seen.links.end() || state->state != "broken") return std::nullopt;
  std::string cause = state->error + ": " + state->message;
  if (!state->detail.empty()) cause += " (GitHub: " + state->detail + ")";
  return found(link, std::move(cause), remedy_of(link, *state));
}

MaybeFinding judge_clock(const Seen& seen) {
  MaybeFinding servers = judge_server(seen, Link::kClock);
  const bool is_off = seen.clock_ahead > kClockTolerance || seen.clock_ahead < -kClockTolerance;
  if (servers || !is_off) return servers;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(seen.clock_ahead);
  const std::string by = duration_text(std::chrono::abs(seconds));
  return found(
      Link::kClock,
      "this machine's clock is " + by + (seconds.count() > 0 ? " ahead of" : " behind") + " GitHub's",
      "set this machine's clock right (NTP)");
}

MaybeFinding judge_git(const Seen& seen) {
  if (seen.git_trouble.empty()) return std::nullopt;
  return found(Link::kGit, "git ls-remote: " + seen.git_trouble,
               "everything before git is well: look at its proxy, url.…insteadOf, http.…extraHeader and "
               "certificates (GIT_CURL_VERBOSE=1 shows them)");
}

}  // namespace

std::string_view to_string(Link link) {
  return kNames[static_cast<std::size_t>(link)];
}

int exit_status(Link link) {
  return kFirstStatus + static_cast<int>(link);
}

std::optional<Finding> first_broken(const Seen& seen) {
  if (MaybeFinding finding = judge_helper(seen.git)) return finding;
  if (MaybeFinding finding = judge_chain(seen.git)) return finding;
  if (MaybeFinding finding = judge_path(seen.git)) return finding;
  if (MaybeFinding finding = judge_files(seen)) return finding;
  if (MaybeFinding finding = judge_reach(seen)) return finding;
  if (MaybeFinding finding = judge_refusal(seen)) return finding;
  for (const Link link : {Link::kGitHub, Link::kAppKey}) {
    if (MaybeFinding finding = judge_server(seen, link)) return finding;
  }
  if (MaybeFinding finding = judge_clock(seen)) return finding;
  for (const Link link : {Link::kInstallation, Link::kPermissions, Link::kMint}) {
    if (MaybeFinding finding = judge_server(seen, link)) return finding;
  }
  return judge_git(seen);
}

}  // namespace hubwarden::apps

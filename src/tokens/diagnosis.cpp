#include "tokens/diagnosis.h"

#include <string>

namespace hubwarden::tokens {
namespace {

// "contents:write, issues:read": what of `wanted` the installation was not granted.
std::string missing_permissions(const policy::PermissionSet::Map& granted,
                                const policy::PermissionSet& wanted) {
  std::string missing;
  for (const auto& [name, level] : wanted.levels()) {
    const auto found = granted.find(name);
    const bool is_granted = name == "metadata" || (found != granted.end() && found->second >= level);
    if (is_granted) continue;
    if (!missing.empty()) missing += ", ";
    missing.append(name).append(":").append(to_string(level));
  }
  return missing;
}

class Judgement {
 public:
  Judgement() {
    for (const ChainLink link : kChainLinks) states_.emplace_back(link);
  }

  void whole(ChainLink link) { at(link).state = LinkState::kWhole; }
  void broken(ChainLink link, const Error& error) {
    at(link).state = LinkState::kBroken;
    at(link).error = error;
  }
  bool is_unseen(ChainLink link) { return at(link).state == LinkState::kUnseen; }
  std::vector<LinkState> states() && { return std::move(states_); }

 private:
  LinkState& at(ChainLink link) { return states_[static_cast<std::size_t>(link)]; }
  std::vector<LinkState> states_;
};

void judge_app(const Result<>& app, Judgement& judgement) {
  if (app) {
    for (const ChainLink link : {ChainLink::kGitHub, ChainLink::kApp, ChainLink::kClock}) {
      judgement.whole(link);
    }
    return;
  }
  const ChainLink link = link_of(app.error(), ChainLink::kApp);
  // It was GitHub that refused.
  if (link != ChainLink::kGitHub && app.error().upstream_status()) judgement.whole(ChainLink::kGitHub);
  judgement.broken(link, app.error());
}

void judge_installation(const Result<github::Installation>& found, const policy::PermissionSet& wanted,
                        Judgement& judgement) {
  if (!found) {
    judgement.broken(link_of(found.error(), ChainLink::kInstallation), found.error());
    return;
  }
  if (found->suspended_at) {
    judgement.broken(ChainLink::kInstallation,
                     Error(ErrorCode::kInstallationSuspended,
                           "the App's installation on " + found->account.shown() + " is suspended"));
    return;
  }
  judgement.whole(ChainLink::kInstallation);
  const std::string missing = missing_permissions(found->permissions, wanted);
  if (missing.empty()) {
    judgement.whole(ChainLink::kPermissions);
    return;
  }
  judgement.broken(ChainLink::kPermissions, Error(ErrorCode::kPermissionNotGranted,
                                                  "the App's installation on " + found->account.shown() +
                                                      " was not granted " + missing));
}

}  // namespace

std::string_view to_string(ChainLink link) {
  switch (link) {
    case ChainLink::kGitHub: return "github";
    case ChainLink::kApp: return "app-key";
    case ChainLink::kClock: return "clock";
    case ChainLink::kInstallation: return "installation";
    case ChainLink::kPermissions: return "permissions";
    case ChainLink::kMint: return "mint";
  }
  return "";
}

int Sights::progress() const {
  return (app && *app ? 1 : 0) + (installation && *installation ? 1 : 0);
}

ChainLink link_of(const Error& error, ChainLink step) {
  switch (error.code()) {
    case ErrorCode::kUpstreamAuth: return error.blames_clock() ? ChainLink::kClock : ChainLink::kApp;
    case ErrorCode::kNotConfigured: return ChainLink::kApp;
    case ErrorCode::kAppNotInstalled:
    case ErrorCode::kInstallationSuspended: return ChainLink::kInstallation;
    case ErrorCode::kPermissionNotGranted: return ChainLink::kPermissions;
    default: return step == ChainLink::kMint ? ChainLink::kMint : ChainLink::kGitHub;
  }
}

std::vector<LinkState> judge(const Sights& sights, const policy::PermissionSet& wanted) {
  Judgement judgement;
  if (sights.app) judge_app(*sights.app, judgement);
  if (sights.installation) judge_installation(*sights.installation, wanted, judgement);
  if (!sights.mint) return std::move(judgement).states();
  if (*sights.mint) {
    judgement.whole(ChainLink::kMint);
    return std::move(judgement).states();
  }
  // What an earlier step has shown better is not told again.
  const ChainLink link = link_of(sights.mint->error(), ChainLink::kMint);
  const bool is_news = judgement.is_unseen(link) || link == ChainLink::kMint;
  judgement.broken(is_news ? link : ChainLink::kMint, sights.mint->error());
  return std::move(judgement).states();
}

}  // namespace hubwarden::tokens

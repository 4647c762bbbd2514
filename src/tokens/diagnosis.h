#pragma once

// What stands between hubwarden and a token for a repository, link by link, and which of them holds. Pure.
//
//   Sights sights;
//   sights.app = Result<>();                          // GitHub knows the App and its key
//   sights.installation = std::unexpected(error);     // and does not find it on the repository
//   for (const LinkState& state : judge(sights, wanted)) …
//
// A link that nobody could see, because one before it is broken, is neither whole nor broken.

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "github/documents.h"
#include "policy/permissions.h"

namespace hubwarden::tokens {

// In the order in which a token passes them.
enum class ChainLink { kGitHub, kApp, kClock, kInstallation, kPermissions, kMint };
inline constexpr std::array<ChainLink, 6> kChainLinks = {ChainLink::kGitHub,      ChainLink::kApp,
                                                         ChainLink::kClock,       ChainLink::kInstallation,
                                                         ChainLink::kPermissions, ChainLink::kMint};
std::string_view to_string(ChainLink link);  // "github"

// What was seen of each step; nothing where a step was not tried.
struct Sights {
  Sights() = default;

  std::optional<Result<>> app;   // what GitHub said about the App itself
  std::optional<Duration> skew;  // GitHub's clock ahead of this machine's
  std::optional<Result<github::Installation>> installation;
  std::optional<Result<>> mint;

  // How many steps went well: of several Apps, the one that came furthest is the one to speak of.
  int progress() const;
};

struct LinkState {
  enum State { kWhole, kBroken, kUnseen };

  explicit LinkState(ChainLink link_) : link(link_) {}
  ChainLink link;
  State state = kUnseen;
  std::optional<Error> error;  // of a broken one
};

// Which link an error speaks of, if it came when `step` was tried (kApp, kInstallation or kMint).
ChainLink link_of(const Error& error, ChainLink step);

// All links, in order. `wanted` is what the token should allow.
std::vector<LinkState> judge(const Sights& sights, const policy::PermissionSet& wanted);

}  // namespace hubwarden::tokens

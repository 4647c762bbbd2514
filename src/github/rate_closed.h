#pragma once

// A limit of an installation that has closed, as one replica tells the others.

#include <string>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"

namespace hubwarden::github {

struct RateClosed {
  RateClosed(InstallationId installation_, std::string resource_, TimePoint until_)
      : installation(installation_), resource(std::move(resource_)), until(until_) {}

  InstallationId installation;
  std::string resource;  // as in x-ratelimit-resource; empty: a secondary limit, which closes all of them
  TimePoint until;       // by GitHub's clock

  friend bool operator==(const RateClosed&, const RateClosed&) = default;
};

}  // namespace hubwarden::github

#pragma once

// One GitHub: github.com, an Enterprise Server, a ghe.com tenant, or a sandbox on loopback.
//
//   Result<Host> host = Host::parse("https://ghe.example.com/api/v3");
//   host->api();   // "https://ghe.example.com/api/v3": REST paths are appended to it
//   host->web();   // "https://ghe.example.com": "/owner/name.git" is appended to it
//   host->name();  // "ghe.example.com": what git and callers call it

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::github {

class Host {
 public:
  // What GITHUB_API_URL holds: https://api.github.com, https://HOST/api/v3, https://api.SUB.ghe.com. The
  // plain https://github.com, https://HOST and https://SUB.ghe.com mean the same. A loopback address keeps
  // its path and may be http; everything else is https. No user, query or fragment. `invalid_request`, fix:
  // operator.
  static Result<Host> parse(std::string_view api_url);
  static Host github_com();

  const std::string& api() const { return api_; }  // lower case, no trailing slash; identifies the host
  const std::string& web() const { return web_; }  // no trailing slash
  const std::string& name() const {
    return name_;
  }  // web() without its scheme, with a port that is not the usual
  // For the X-GitHub-Api-Version field.
  std::string_view api_version() const { return api_version_; }

  // Where a redirect from `from` to `location` leads, if that is a place below this host's API: the same
  // scheme, host and port. Nothing otherwise: a credential never follows to another host.
  std::optional<std::string> redirected(std::string_view from, std::string_view location) const;

  friend bool operator==(const Host& a, const Host& b) { return a.api_ == b.api_; }

  // Source: docs/github-facts.md, API version. An unknown version is answered 400, and Enterprise Servers
  // learn a new one only with an upgrade, so they are asked in the version that each supported release knows.
  static constexpr std::string_view kApiVersion = "2026-03-10";
  static constexpr std::string_view kEnterpriseServerApiVersion = "2022-11-28";

 private:
  Host(std::string api, std::string web, std::string_view api_version);

  std::string api_;
  std::string web_;
  std::string name_;
  std::string_view api_version_;
};

}  // namespace hubwarden::github

#include "github/host.h"

#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.h"

namespace hubwarden::github {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kMaxUrl = 2048;  // longer than any address of GitHub's API
constexpr std::string_view kEnterprisePath = "/api/v3";
constexpr std::string_view kTenantSuffix = ".ghe.com";

std::unexpected<Error> refuse(std::string_view url, std::string_view why) {
  return std::unexpected(Error(ErrorCode::kInvalidRequest, "not the address of a GitHub API: \"" +
                                                               printable(url, 200) + "\" " + std::string(why))
                             .with_fix(Fix::kOperator));
}

bool is_loopback(const urls::url_view& url) {
  switch (url.host_type()) {
    case urls::host_type::ipv4: return url.host_ipv4_address().is_loopback();
    case urls::host_type::ipv6: return url.host_ipv6_address().is_loopback();
    default: break;
  }
  const std::string name = lower(std::string(url.encoded_host()));
  return name == "localhost" || name.ends_with(".localhost");
}

bool is_host(const urls::url_view& url) {
  // Boost.URL 1.81 reads "http://127.0.0.1.example.com" as host 127.0.0.1 with path ".example.com" (and the
  // same after "[::1]"); curl would connect to the longer name.
  if (!url.encoded_path().empty() && url.encoded_path().front() != '/') return false;
  if (url.host_type() == urls::host_type::ipv6) return true;
  const auto name = url.encoded_host();
  return !name.empty() && name.front() != '.' && name.back() != '.' &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

// Host and, when it is not the scheme's own, port.
std::string authority(const urls::url_view& url) {
  std::string text = lower(std::string(url.encoded_host()));
  const unsigned usual = url.scheme_id() == urls::scheme::https ? 443 : 80;
  if (url.has_port() && url.port_number() != 0 && url.port_number() != usual) {
    text += ":" + std::to_string(url.port_number());
  }
  return text;
}

std::string path_without_trailing_slash(const urls::url_view& url) {
  std::string path(url.encoded_path());
  while (path.ends_with('/')) path.pop_back();
  return path;
}

// Why this address cannot be an API's, or nothing.
std::string_view complaint(const urls::url_view& url) {
  const bool is_https = url.scheme_id() == urls::scheme::https;
  if (!is_https && url.scheme_id() != urls::scheme::http) return "(it must begin with https://)";
  if (!is_host(url)) return "(it has no proper host name)";
  if (!is_https && !is_loopback(url)) return "(http is for loopback alone; use https)";
  if (url.has_userinfo()) return "(it must not hold a user or password)";
  if (url.has_query() || url.has_fragment()) return "(it must not hold a query or a fragment)";
  return {};
}

}  // namespace

Host::Host(std::string api, std::string web, std::string_view api_version)
    : api_(std::move(api)),
      web_(std::move(web)),
      name_(web_.substr(web_.find("://") + 3)),
      api_version_(api_version) {
}

Host Host::github_com() {
  return Host("https://api.github.com", "https://github.com", kApiVersion);
}

Result<Host> Host::parse(std::string_view text) {
  const auto parsed = urls::parse_uri(text.substr(0, kMaxUrl + 1));
  if (text.size() > kMaxUrl || !parsed) return refuse(text.substr(0, kMaxUrl), "(expected https://…)");
  const urls::url_view& url = *parsed;
  if (const std::string_view why = complaint(url); !why.empty()) {
    // Not repeated: it may hold a password.
    return refuse(url.has_userinfo() ? "https://…@…" : text, why);
  }
  const std::string where = authority(url);
  const std::string path = path_without_trailing_slash(url);

  if (is_loopback(url)) {
    const std::string base = lower(std::string(url.scheme())) + "://" + where;
    return Host(base + path, base, kApiVersion);
  }
  if (where == "api.github.com" || where == "github.com") {
    if (!path.empty()) return refuse(text, "(expected https://api.github.com)");
    return github_com();
  }
  if (where.ends_with(kTenantSuffix)) {
    const std::string tenant = where.starts_with("api.") ? where.substr(4) : where;
    const bool is_tenant =
        tenant.find('.') == tenant.size() - kTenantSuffix.size() && tenant != kTenantSuffix;
    if (!is_tenant || !path.empty()) return refuse(text, "(expected https://api.SUBDOMAIN.ghe.com)");
    return Host("https://api." + tenant, "https://" + tenant, kApiVersion);
  }
  if (!path.empty() && path != kEnterprisePath) return refuse(text, "(expected https://HOST/api/v3)");
  return Host("https://" + where + std::string(kEnterprisePath), "https://" + where,
              kEnterpriseServerApiVersion);
}

std::optional<std::string> Host::redirected(std::string_view from, std::string_view location) const {
  if (location.empty() || location.size() > kMaxUrl) return std::nullopt;
  const auto base = urls::parse_uri(from);
  const auto reference = urls::parse_uri_reference(location);
  const auto root = urls::parse_uri(api_);
  if (!base || !reference || !root) return std::nullopt;
  urls::url target;
  if (!urls::resolve(*base, *reference, target)) return std::nullopt;
  const bool is_same_host = target.scheme_id() == root->scheme_id() && !target.has_userinfo() &&
                            authority(target) == authority(*root);
  const std::string path(target.encoded_path());
  const std::string below(root->encoded_path());
  if (!is_same_host || !path.starts_with(below + "/")) return std::nullopt;
  std::string url = api_ + path.substr(below.size());
  if (target.has_query()) url += "?" + std::string(target.encoded_query());
  return url;
}

}  // namespace hubwarden::github

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

// A DNS name, an IPv4 address or a bracketed IPv6 address, and a port.
bool is_authority(std::string_view text) {
  const auto parsed = boost::urls::parse_authority(text);
  if (!parsed || parsed->has_userinfo() || parsed->encoded_host().empty()) return false;
  if (parsed->has_port() && parsed->port_number() == 0) return false;
  if (parsed->host_type() != boost::urls::host_type::name) return true;
  const auto name = parsed->encoded_host();
  return std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '.' || c == '-'; }) &&
         is_alnum(name.front()) && is_alnum(name.back());
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") && parse_tcp_address(std::string(host) + ":1").has_value());
}

}  // namespace

Parsed<std::string> parse_service_url(std::string_view text) {
  const auto url = boost::urls::parse_uri(text);
  const bool plain = url && url->has_authority() && !url->has_userinfo() && !url->has_query() &&
                     !url->has_fragment() && is_authority(std::string_view(url->encoded_authority()));
  if (!plain || (url->scheme() != "https" && url->scheme() != "http")) {
    return std::unexpected("must be a URL such as https://api.github.com");
  }
  std::string_view path(url->encoded_path());
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(std::string_view(url->scheme())) + "://" +
         lower(std::string_view(url->encoded_authority())) + std::string(path);
}

Parsed<std::string> parse_base_url(std::string_view text) {
  auto url = parse_service_url(text);
  if (!url || url->starts_with("https://")) return url;
  const boost::urls::url_view parsed(*url);
  if (is_loopback_host(std::string_view(parsed.encoded_host()))) return url;
  return std::unexpected("must be https: http is for a sandbox on loopback");
}

Parsed<std::string> parse_host(std::string_view text) {
  if (!is_authority(text))
    return std::unexpected("must be a host such as github.com or github.example.com:8443");
  return lower(text);
}

Parsed<std::string> parse_proxy(std::string_view text) {
  const auto url = boost::urls::parse_uri(text);
  const bool usable = url && (url->scheme() == "http" || url->scheme() == "https") && url->has_authority() &&
                      !url->encoded_host().empty() && !url->has_query() && !url->has_fragment() &&
                      (url->encoded_path().empty() || url->encoded_path() == "/");
  if (!usable) return std::unexpected("must be a URL such as http://proxy.example.com:3128");
  return std::string(text);
}

std::string api_url_of(std::string_view host) {
  if (host == "github.com") return "https://api.github.com";
  if (host.ends_with(".ghe.com")) return "https://api." + std::string(host);
  return "https://" + std::string(host) + "/api/v3";
}

std::string host_of(std::string_view api_url) {
  std::string_view authority = api_url.substr(api_url.find("://") + 3);
  authority = authority.substr(0, authority.find('/'));
  const bool githubs_own = authority == "api.github.com" || authority.ends_with(".ghe.com");
  if (githubs_own && authority.starts_with("api.")) authority.remove_prefix(4);
  return std::string(authority);
}

}  // namespace hubwarden::config

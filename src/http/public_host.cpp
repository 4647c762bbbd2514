#include "http/public_host.h"

#include <algorithm>

#include "base/text.h"
#include "net/public_address.h"

namespace hubwarden::http {
namespace {

// Of a name that some resolver takes for a number: WHATWG's URL standard, "ends in a number".
bool is_number(std::string_view label) {
  const auto is_hex = [](char c) { return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f'); };
  if (label.starts_with("0x")) return std::ranges::all_of(label.substr(2), is_hex);
  return !label.empty() && std::ranges::all_of(label, is_digit);
}

std::string_view without_dots(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_of_domain(std::string_view host, std::string_view domain) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  domain = without_dots(domain);
  if (domain.empty() || !host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

bool may_be_public(std::string_view host) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && net::is_public_address(host.substr(1, host.size() - 2));
  }
  host = without_dots(host);
  if (is_of_domain(host, "localhost")) return false;
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return is_number(last) ? net::is_public_address(host) : !host.empty();
}

bool goes_through_proxy(const CurlProxy& proxy, const Url& url) {
  if ((url.is_https() ? proxy.https : proxy.http).empty()) return false;
  if (trim(proxy.no_proxy) == "*") return false;
  const std::string_view host = without_dots(url.host());
  std::string_view rest = proxy.no_proxy;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(", "), rest.size());
    if (is_of_domain(host, lower(rest.substr(0, end)))) return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

Error not_public(const std::string& host) {
  return Error(ErrorCode::kUpstreamUnavailable, host + " is at an address that is not public")
      .with_fix(Fix::kOperator)
      .with_never_sent();
}

}  // namespace hubwarden::http

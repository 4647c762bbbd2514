#include "apps/git-credential-hubwarden/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035, as text
constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

bool is_host_character(char c) {
  return is_alnum(c) || c == '.' || c == '-';
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost) return false;
  if (std::ranges::all_of(host, is_host_character)) return is_alnum(host.front());
  in6_addr ignored;
  return inet_pton(AF_INET6, std::string(host).c_str(), &ignored) == 1;
}

std::unexpected<Error> wrong(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidRequest, "address \"" + printable(text, 120) + "\": " + std::string(why));
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost" || host == "::1") return true;
  in_addr address;
  if (inet_pton(AF_INET, std::string(host).c_str(), &address) != 1) return false;
  return ntohl(address.s_addr) >> 24 == 127;
}

Result<Address> Address::parse(std::string_view text) {
  if (text.starts_with("unix:")) {
    const std::string_view path = text.substr(5);
    if (!path.starts_with('/')) return wrong(text, "the socket's path must start with /");
    if (path.size() > kMaxSocketPath) return wrong(text, "the socket's path is longer than the kernel takes");
    return Address(Kind::kUnix, text, path, 0);
  }
  if (text.starts_with("http://")) return parse_url(Kind::kHttp, text, text.substr(7));
  if (text.starts_with("https://")) return parse_url(Kind::kHttps, text, text.substr(8));
  return wrong(text, "must start with unix:, https:// or, on loopback, http://");
}

Result<Address> Address::parse_url(Kind kind, std::string_view text, std::string_view authority) {
  if (authority.ends_with('/')) authority.remove_suffix(1);
  std::string_view host = authority;
  std::optional<std::uint16_t> port = kind == Kind::kHttp ? 80 : 443;
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && !authority.ends_with(']');
  if (has_port) {
    host = authority.substr(0, colon);
    port = parse_number<std::uint16_t>(authority.substr(colon + 1));
  }
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_host(host) || bracketed != (host.find(':') != std::string_view::npos)) {
    return wrong(text, "not a host name or address, with a port and nothing else behind it");
  }
  if (!port || *port == 0) return wrong(text, "the port is not a number from 1 to 65535");
  if (kind == Kind::kHttp && !is_loopback(host)) {
    return wrong(text, "plain http is for loopback alone; use https or a Unix socket");
  }
  return Address(kind, text, host, *port);
}

std::string Address::host_field() const {
  if (kind_ == Kind::kUnix) return "localhost";
  const std::string host = name_.find(':') == std::string::npos ? name_ : "[" + name_ + "]";
  return host + ":" + std::to_string(port_);
}

}  // namespace hubwarden::git_credential

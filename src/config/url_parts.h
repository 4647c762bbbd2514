#pragma once

// A URL taken apart. Within config/ alone: what comes out of it is values.h.

#include <cstdint>
#include <optional>
#include <string_view>

namespace hubwarden::config {

struct Url {
  std::string_view scheme;
  std::string_view user;       // up to its '@', empty without one
  std::string_view authority;  // not looked into
  std::string_view path;       // from its '/' on
};

// Without query and fragment; printable ASCII without what a URL must escape.
std::optional<Url> split_url(std::string_view text);

// A DNS name, an IPv4 address or a bracketed IPv6 address, and maybe a port.
struct Authority {
  std::string_view host;
  std::optional<std::uint16_t> port;
};

std::optional<Authority> split_authority(std::string_view text);

}  // namespace hubwarden::config

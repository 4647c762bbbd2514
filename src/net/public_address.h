#pragma once

// Whether an address belongs to the internet at large, or to this machine, its network, its cloud, or nobody.
//
//   is_public_address("140.82.112.5")            // true
//   is_public_address("169.254.169.254")         // false: a cloud's metadata
//   is_public_address("::ffff:10.0.0.1")         // false: what it stands for counts
//
// What is not assigned to the public is not public: IANA's special-purpose registries (RFC 6890 and what came
// after it), multicast, what is reserved, and transition addresses that may stand for any of these. Pure.

#include <sys/socket.h>

#include <string_view>

namespace hubwarden::net {

// False for what is no address in its usual form.
bool is_public_address(std::string_view text);
// False for families but IPv4 and IPv6. `size` of what is there.
bool is_public_address(const sockaddr& address, socklen_t size);

}  // namespace hubwarden::net

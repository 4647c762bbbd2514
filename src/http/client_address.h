#pragma once

// Whose request it is, by address: the peer's own, or what proxies that we trust say of theirs.
//
//   Result<TrustedProxies> proxies = TrustedProxies::parse({"10.0.0.0/8", "unix"});
//   std::string address = proxies->client_of(request.peer().address, request.fields());
//
// Nobody else's `X-Forwarded-For` is looked at. Immutable; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/handler.h"

namespace hubwarden::http {

class TrustedProxies {
 public:
  TrustedProxies() = default;  // none

  // Addresses and networks ("192.0.2.1", "10.0.0.0/8", "fd00::/8"), and "unix" for whoever connects to a Unix
  // socket.
  static Result<TrustedProxies> parse(std::span<const std::string> texts);

  // In one form for each client: an IPv6 client is its /64, because it may have all of that. Of the addresses
  // that the field names, the last one that is not a trusted proxy's itself; the peer's when there is none,
  // or something that is no address stands in the way.
  std::string client_of(std::string_view peer, const FieldViews& fields) const;
  bool trusts(std::string_view peer) const;

 private:
  // Sixteen bytes; an IPv4 address as ::ffff:a.b.c.d.
  using Address = std::array<std::uint8_t, 16>;
  struct Network {
    Network(const Address& address_, unsigned bits_) : address(address_), bits(bits_) {}
    bool holds(const Address& other) const;
    Address address;
    unsigned bits;
  };

  static std::optional<Address> parse_address(std::string_view text);
  static Result<Network> parse_network(std::string_view text);
  static std::string client_text(const Address& address);
  bool trusts(const Address& address) const;

  std::vector<Network> networks_;
  bool unix_sockets_ = false;
};

}  // namespace hubwarden::http

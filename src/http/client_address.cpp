#include "http/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "net/listener.h"

namespace hubwarden::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kAllBits = 128;
constexpr std::size_t kClientBytes = 8;  // of an IPv6 address: its /64

// "192.0.2.1:4711" and "[2001:db8::1]:4711" are what some proxies write.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  const std::size_t colon = text.find(':');
  return text.rfind(':') == colon ? text.substr(0, colon) : text;
}

std::unexpected<Error> no_network(std::string_view text) {
  return fail(ErrorCode::kInvalidRequest,
              "'" + printable(text, 64) + "' is neither an address nor a network");
}

}  // namespace

std::optional<TrustedProxies::Address> TrustedProxies::parse_address(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated);
  Address address{};
  if (inet_pton(AF_INET6, terminated, address.data()) == 1) return address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
  if (inet_pton(AF_INET, terminated, address.data() + kMappedPrefix.size()) == 1) return address;
  return std::nullopt;
}

Result<TrustedProxies::Network> TrustedProxies::parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = parse_address(text.substr(0, slash));
  if (!address) return no_network(text);
  if (slash == std::string_view::npos) return Network(*address, kAllBits);
  const unsigned least = text.find(':') == std::string_view::npos ? kMappedBits : 0;
  const auto bits = parse_number<unsigned>(text.substr(slash + 1));
  if (!bits || *bits > kAllBits - least) return no_network(text);
  return Network(*address, least + *bits);
}

bool TrustedProxies::Network::holds(const Address& other) const {
  const std::size_t whole = bits / 8;
  if (std::memcmp(address.data(), other.data(), whole) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((address[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> texts) {
  TrustedProxies proxies;
  for (const std::string& text : texts) {
    if (text == net::kUnixAddress) {
      proxies.unix_sockets_ = true;
      continue;
    }
    Result<Network> network = parse_network(text);
    if (!network) return std::unexpected(network.error());
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

bool TrustedProxies::trusts(const Address& address) const {
  return std::ranges::any_of(networks_,
                             [&address](const Network& network) { return network.holds(address); });
}

bool TrustedProxies::trusts(std::string_view peer) const {
  if (peer == net::kUnixAddress) return unix_sockets_;
  const std::optional<Address> address = parse_address(peer);
  return address && trusts(*address);
}

std::string TrustedProxies::client_text(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin())) {
    inet_ntop(AF_INET, address.data() + kMappedPrefix.size(), text, sizeof text);
    return text;
  }
  Address network{};
  std::copy_n(address.begin(), kClientBytes, network.begin());
  inet_ntop(AF_INET6, network.data(), text, sizeof text);
  return std::string(text) + "/64";
}

std::string TrustedProxies::client_of(std::string_view peer, const FieldViews& fields) const {
  const std::optional<Address> own = parse_address(peer);
  std::optional<Address> client = own;
  if (trusts(peer)) {
    std::vector<std::string_view> hops;
    fields.each([&hops](std::string_view name, std::string_view value) {
      if (!equal_ignoring_case(name, "X-Forwarded-For")) return;
      for (const std::string_view hop : split(value, ',')) hops.push_back(trim(hop));
    });
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      const std::optional<Address> named = parse_address(without_port(*hop));
      if (!named) break;
      client = named;
      if (!trusts(*named)) break;
    }
  }
  return client ? client_text(*client) : std::string(peer);
}

}  // namespace hubwarden::http

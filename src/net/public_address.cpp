#include "net/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace hubwarden::net {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Network {
  std::array<std::uint8_t, 16> beginning;
  unsigned bits;

  bool holds(Bytes address) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(beginning.begin(), beginning.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.begin())) {
      return false;
    }
    const unsigned rest = bits % 8;
    return rest == 0 || ((beginning[whole] ^ address[whole]) >> (8 - rest)) == 0;
  }
};

// Where nothing of the public is.
constexpr std::array<Network, 16> kSpecial4 = {{
    {{0}, 8},                  // this network
    {{10}, 8},                 // private
    {{100, 64}, 10},           // behind a carrier's NAT
    {{127}, 8},                // loopback
    {{169, 254}, 16},          // link-local, with the clouds' metadata
    {{172, 16}, 12},           // private
    {{192, 0, 0}, 24},         // protocol assignments
    {{192, 0, 2}, 24},         // documentation
    {{192, 88, 99}, 24},       // relays of 6to4, given up
    {{192, 168}, 16},          // private
    {{198, 18}, 15},           // benchmarks
    {{198, 51, 100}, 24},      // documentation
    {{203, 0, 113}, 24},       // documentation
    {{224}, 4},                // multicast
    {{240}, 4},                // reserved, and broadcast
    {{168, 63, 129, 16}, 32},  // a cloud's own services, on an address that looks public
}};

// All that is public is in here …
constexpr Network kGlobal6 = {{0x20}, 3};
// … but for these.
constexpr std::array<Network, 4> kSpecial6 = {{
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments: Teredo, ORCHID, benchmarks
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4, given up: stands for any IPv4 address
    {{0x3f, 0xff, 0x00}, 20},        // documentation
}};

// Their last four bytes are an IPv4 address, which is where they lead.
constexpr std::array<Network, 2> kStandsFor4 = {{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},  // mapped
    {{0x00, 0x64, 0xff, 0x9b}, 96},                    // NAT64
}};

bool is_public4(Bytes address) {
  return std::ranges::none_of(kSpecial4, [&](const Network& network) { return network.holds(address); });
}

bool is_public6(Bytes address) {
  const auto is_in = [&](const Network& network) { return network.holds(address); };
  if (std::ranges::any_of(kStandsFor4, is_in)) return is_public4(address.last(4));
  return is_in(kGlobal6) && std::ranges::none_of(kSpecial6, is_in);
}

}  // namespace

bool is_public_address(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) return false;
  std::ranges::copy(text, terminated);
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, terminated, bytes.data()) == 1) return is_public4(Bytes(bytes).first(4));
  return inet_pton(AF_INET6, terminated, bytes.data()) == 1 && is_public6(bytes);
}

bool is_public_address(const sockaddr& address, socklen_t size) {
  if (address.sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return is_public4(bytes);
  }
  if (address.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return is_public6(bytes);
  }
  return false;
}

}  // namespace hubwarden::net

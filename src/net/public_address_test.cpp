#include "net/public_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace hubwarden::net {
namespace {

struct Case {
  std::string_view address;
  bool is_public;
};

constexpr std::array kCases = {
    Case{"140.82.112.5", true},
    Case{"1.1.1.1", true},
    Case{"9.255.255.255", true},
    Case{"11.0.0.0", true},
    Case{"100.63.255.255", true},
    Case{"100.128.0.0", true},
    Case{"126.255.255.255", true},
    Case{"128.0.0.0", true},
    Case{"169.253.255.255", true},
    Case{"172.15.255.255", true},
    Case{"172.32.0.0", true},
    Case{"192.0.1.0", true},
    Case{"192.167.255.255", true},
    Case{"192.169.0.0", true},
    Case{"198.17.255.255", true},
    Case{"198.20.0.0", true},
    Case{"223.255.255.255", true},
    Case{"2606:50c0:8000::153", true},
    Case{"2001:4860:4860::8888", true},
    Case{"2001:200::1", true},
    Case{"3ffe::1", true},
    Case{"::ffff:140.82.112.5", true},
    Case{"64:ff9b::8c52:7005", true},

    Case{"0.0.0.0", false},
    Case{"0.255.255.255", false},
    Case{"10.0.0.0", false},
    Case{"10.255.255.255", false},
    Case{"100.64.0.0", false},
    Case{"100.127.255.255", false},
    Case{"100.100.100.200", false},
    Case{"127.0.0.1", false},
    Case{"127.255.255.254", false},
    Case{"168.63.129.16", false},
    Case{"169.254.0.1", false},
    Case{"169.254.169.254", false},
    Case{"172.16.0.0", false},
    Case{"172.31.255.255", false},
    Case{"192.0.0.1", false},
    Case{"192.0.0.192", false},
    Case{"192.0.2.1", false},
    Case{"192.88.99.1", false},
    Case{"192.168.0.0", false},
    Case{"192.168.255.255", false},
    Case{"198.18.0.0", false},
    Case{"198.19.255.255", false},
    Case{"198.51.100.1", false},
    Case{"203.0.113.1", false},
    Case{"224.0.0.1", false},
    Case{"239.255.255.255", false},
    Case{"240.0.0.1", false},
    Case{"255.255.255.255", false},

    Case{"::", false},
    Case{"::1", false},
    Case{"::140.82.112.5", false},
    Case{"::127.0.0.1", false},
    Case{"::ffff:127.0.0.1", false},
    Case{"::ffff:7f00:1", false},
    Case{"::ffff:169.254.169.254", false},
    Case{"::ffff:0:127.0.0.1", false},
    Case{"64:ff9b::7f00:1", false},
    Case{"64:ff9b::10.0.0.1", false},
    Case{"64:ff9b::a9fe:a9fe", false},
    Case{"64:ff9b:1::1", false},
    Case{"100::1", false},
    Case{"2001::1", false},
    Case{"2001:0:4136:e378:8000:63bf:3fff:fdd2", false},
    Case{"2001:2::1", false},
    Case{"2001:10::1", false},
    Case{"2001:20::1", false},
    Case{"2001:db8::1", false},
    Case{"2002:7f00:1::1", false},
    Case{"2002:a00:1::", false},
    Case{"3fff::1", false},
    Case{"3fff:fff:ffff::1", false},
    Case{"5f00::1", false},
    Case{"fc00::1", false},
    Case{"fd00:ec2::254", false},
    Case{"fdff:ffff::1", false},
    Case{"fe80::1", false},
    Case{"febf::1", false},
    Case{"fec0::1", false},
    Case{"ff02::1", false},
    Case{"ff0e::1", false},

    Case{"", false},
    Case{"localhost", false},
    Case{"140.82.112", false},
    Case{"140.82.112.5 ", false},
    Case{"0x8c.82.112.5", false},
    Case{"2354212869", false},
    Case{"fe80::1%eth0", false},
    Case{"[2606:50c0:8000::153]", false},
    Case{"0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", false},
};

bool of_socket(std::string_view text) {
  const std::string address(text);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    return is_public_address(reinterpret_cast<const sockaddr&>(v4), sizeof v4);
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) != 1) return false;
  return is_public_address(reinterpret_cast<const sockaddr&>(v6), sizeof v6);
}

TEST(PublicAddress, IsOneOfTheInternetAtLarge) {
  for (const Case& one : kCases) {
    EXPECT_EQ(is_public_address(one.address), one.is_public) << one.address;
    EXPECT_EQ(of_socket(one.address), one.is_public) << one.address;
  }
}

TEST(PublicAddress, IsNothingElseThanAnInternetAddress) {
  sockaddr_un unix_socket{};
  unix_socket.sun_family = AF_UNIX;
  EXPECT_FALSE(is_public_address(reinterpret_cast<const sockaddr&>(unix_socket), sizeof unix_socket));
  sockaddr_in cut{};
  cut.sin_family = AF_INET;
  inet_pton(AF_INET, "140.82.112.5", &cut.sin_addr);
  EXPECT_FALSE(is_public_address(reinterpret_cast<const sockaddr&>(cut), sizeof cut - 1));
  EXPECT_FALSE(is_public_address(std::string_view("1.1.1.1\0", 8)));
}

}  // namespace
}  // namespace hubwarden::net

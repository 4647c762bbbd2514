#pragma once

// A port of loopback that nobody uses just now, for programs that cannot choose one themselves.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <set>
#include <string>

#include "base/check.h"
#include "net/connect.h"
#include "net/unique_fd.h"

namespace hubwarden::test {

// Another one each time: what took one may listen to it later.
class FreePort {
 public:
  FreePort() {
    static std::set<std::uint16_t> given;
    do {
      number_ = choose();
    } while (!given.insert(number_).second);
  }

  std::uint16_t number() const { return number_; }
  std::string text() const { return std::to_string(number_); }
  net::Endpoint endpoint() const { return net::Endpoint::tcp("127.0.0.1", number_); }

 private:
  static std::uint16_t choose() {
    const net::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* const any = reinterpret_cast<sockaddr*>(&name);
    HW_CHECK(::bind(socket.get(), any, size) == 0);
    HW_CHECK(::getsockname(socket.get(), any, &size) == 0);
    return ntohs(name.sin_port);
  }

  std::uint16_t number_;
};

}  // namespace hubwarden::test

#pragma once

// Where hubwarden listens, as this program is told.
//
//   unix:/run/hubwarden/hubwarden.sock
//   http://127.0.0.1:8787            loopback alone: the bearer travels in plain
//   https://hubwarden.example:8443

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::git_credential {

// "127.x.y.z", "::1" (with or without brackets) or "localhost": an address that cannot leave this machine.
bool is_loopback(std::string_view host);

class Address {
 public:
  enum class Kind { kUnix, kHttp, kHttps };

  static Result<Address> parse(std::string_view text);

  Kind kind() const { return kind_; }
  const std::string& shown() const { return shown_; }  // as given
  const std::string& path() const { return name_; }    // of a Unix socket
  const std::string& host() const { return name_; }    // without brackets
  std::uint16_t port() const { return port_; }
  std::string host_field() const;  // for the Host header

 private:
  Address(Kind kind, std::string_view shown, std::string_view name, std::uint16_t port)
      : kind_(kind), shown_(shown), name_(name), port_(port) {}
  static Result<Address> parse_url(Kind kind, std::string_view text, std::string_view authority);

  Kind kind_;
  std::string shown_;
  std::string name_;
  std::uint16_t port_;
};

}  // namespace hubwarden::git_credential

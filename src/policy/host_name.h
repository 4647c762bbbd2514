#pragma once

// What callers call a GitHub, as in a clone URL: "github.com", "ghe.example.com:8443". Compared with the
// configured hosts and shown in messages, never connected to.
//
//   Result<HostName> host = HostName::parse("GHE.example.com");   // text(): "ghe.example.com"

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::policy {

class HostName {
 public:
  static constexpr std::size_t kMaxSize = 260;  // a DNS name and a port

  static Result<HostName> parse(std::string_view text);

  const std::string& text() const { return text_; }  // lower case

  friend bool operator==(const HostName&, const HostName&) = default;

 private:
  explicit HostName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace hubwarden::policy

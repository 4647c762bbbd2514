#pragma once

// An absolute http or https URL that was looked at once, where it came in.
//
//   Result<Url> url = Url::parse("https://api.github.com/app");
//   url->host();  // "api.github.com"

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hubwarden::http {

class Url {
 public:
  // invalid_request for anything but http and https with a host, and for user names, fragments and over-long
  // texts. The message never repeats the URL: its query may hold what must not be seen.
  static Result<Url> parse(std::string_view text);

  // GitHub's longest are search queries of some 2 KiB; servers commonly refuse more than 8 KiB.
  static constexpr std::size_t kMaxLength = 8192;

  const std::string& text() const { return text_; }
  const std::string& host() const { return host_; }  // lower case; an IPv6 address in its brackets
  std::uint16_t port() const { return port_; }       // the scheme's own when none is given
  bool is_https() const { return is_https_; }
  // The host, and the port where it is not the scheme's own: what messages may show.
  std::string authority() const;
  // What follows them: a path, "/" if there is none, and the query.
  std::string target() const;
  // The scheme and the authority: "https://api.github.com".
  std::string origin() const;

 private:
  Url(std::string text, std::string host, std::uint16_t port, bool is_https);

  std::string text_;
  std::string host_;
  std::uint16_t port_;
  bool is_https_;
};

}  // namespace hubwarden::http

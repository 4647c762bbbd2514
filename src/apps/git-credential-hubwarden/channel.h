#pragma once

// A connection to hubwarden with a deadline on every step. A Unix socket and loopback TCP are opened here;
// https by git-credential-hubwarden-https, which stands beside this program, so that OpenSSL is loaded only
// when needed.
//
// Errors are `unavailable`: `fix: wait` when trying again may help, `fix: operator` when not (a certificate
// that does not fit). Not thread-safe.

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "apps/git-credential-hubwarden/settings.h"
#include "apps/git-credential-hubwarden/unique_fd.h"
#include "base/clock.h"
#include "base/error.h"

namespace hubwarden::git_credential {

class Channel {
 public:
  static Result<Channel> open(const Settings& settings, SteadyPoint deadline, const Clock& clock);

  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&&) = delete;
  ~Channel();

  // All of `bytes`; nothing is sent after it.
  Result<void> send(std::string_view bytes, SteadyPoint deadline);
  // How many bytes came; 0 is the end.
  Result<std::size_t> receive(std::span<char> into, SteadyPoint deadline);

 private:
  Channel(UniqueFd fd, const Clock& clock, pid_t child = 0)
      : fd_(std::move(fd)), clock_(&clock), child_(child) {}
  static Result<Channel> open_https(const Settings& settings, SteadyPoint deadline, const Clock& clock);
  Result<void> read_preface(SteadyPoint deadline);
  Result<void> wait_for(short events, SteadyPoint deadline) const;

  UniqueFd fd_;
  const Clock* clock_;
  pid_t child_;  // the https program, or 0
};

}  // namespace hubwarden::git_credential

#pragma once

// One connection's bytes: TCP, Unix socket or TLS. Never waits: it says what to wait for.
//
//   Transfer got = stream.read(into);
//   if (got.state == Transfer::kBlocked) ready = co_await stream.descriptor().wait(got.want);
//
// Threads: the loop of its descriptor.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/descriptor.h"

namespace hubwarden::net {

struct Transfer {
  enum State {
    kSome,     // `bytes` were moved, at least one
    kBlocked,  // nothing was moved: wait for `want` and call again
    kEnd,      // the peer has said that nothing more comes
    kFailed,   // the connection is of no further use
  };
  State state = kFailed;
  std::size_t bytes = 0;
  Want want = Want::kRead;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // `kSome` when bytes may flow. A plain stream has no handshake.
  virtual Transfer handshake() = 0;
  virtual Transfer read(std::span<char> into) = 0;
  // A piece after the other, as far as the kernel takes them; at most kMaxPieces. After kBlocked the same
  // bytes again.
  virtual Transfer write(std::span<const std::string_view> pieces) = 0;
  // Tells the peer that nothing more comes from us. Best effort.
  virtual void end_writing() = 0;
  virtual Descriptor& descriptor() = 0;
  // After kFailed: what TLS says of it; empty if nothing.
  virtual std::string why_failed() const { return {}; }

  static constexpr std::size_t kMaxPieces = 4;
};

// A connected TCP or Unix stream socket.
std::unique_ptr<Stream> make_plain_stream(const Executor& executor, UniqueFd socket);

}  // namespace hubwarden::net

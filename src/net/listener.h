#pragma once

// Sockets that wait for connections.
//
//   Result<std::vector<UniqueFd>> sockets = listen_tcp(TcpAddress("127.0.0.1", 0), loops.size());
//   Accepted accepted = accept_from(sockets->front().get());
//
// TCP: one listening socket for each loop (SO_REUSEPORT); the kernel spreads the connections. Unix: one
// socket, whose owner hands the connections round.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/unique_fd.h"

namespace hubwarden::net {

// "0.0.0.0", "::", "127.0.0.1": a numeric address, never a name. Port 0: the kernel chooses.
struct TcpAddress {
  TcpAddress(std::string host_, std::uint16_t port_) : host(std::move(host_)), port(port_) {}
  std::string host;
  std::uint16_t port;
};

// `count` listening sockets of one address; a port of 0 becomes the same real one for all. Fails when another
// process already listens there, though SO_REUSEPORT alone would let both have it.
Result<std::vector<UniqueFd>> listen_tcp(const TcpAddress& address, std::size_t count);
// The port that a listening or connected TCP socket has.
std::uint16_t local_port(int socket);

// A socket file with `mode` (its creation is never wider than that). A socket that nobody listens on any more
// is replaced; anything else at `path` is refused.
Result<UniqueFd> listen_unix(const std::string& path, mode_t mode);

// Which file a path names now. A path may come to name another one; that is not ours to remove.
class SocketFile {
 public:
  explicit SocketFile(std::string path);
  // Only if it is still the same file.
  void remove() const;

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// What is known of the other end.
// What stands for an address where there is none.
inline constexpr std::string_view kUnixAddress = "unix";

struct PeerIdentity {
  PeerIdentity() = default;
  bool is_unix() const { return address == kUnixAddress; }

  std::string address;               // "127.0.0.1", "unix"
  std::optional<std::uint32_t> uid;  // Unix sockets: of the process that connected (SO_PEERCRED)
};

struct Accepted {
  Accepted() = default;

  enum State { kConnection, kNone, kFailed, kExhausted };

  // kFailed: that connection alone. kExhausted: no descriptors or memory left; wait before the next try.
  State state = kNone;
  UniqueFd socket;  // non-blocking, close-on-exec, without Nagle's delay
  PeerIdentity peer;
};

// Never waits: kNone when nobody is there.
Accepted accept_from(int listener);

}  // namespace hubwarden::net

#include "net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hubwarden::net {
namespace {

// The kernel cuts it at net.core.somaxconn.
constexpr int kBacklog = 4096;

struct SocketAddress {
  SocketAddress() = default;
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
  sa_family_t family() const { return storage.ss_family; }

  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
};

std::unexpected<Error> fail_with_errno(const std::string& what) {
  const int error = errno;
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(error));
}

Result<SocketAddress> resolve(const TcpAddress& address) {
  SocketAddress out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    out.size = sizeof *v4;
    return out;
  }
  if (inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    out.size = sizeof *v6;
    return out;
  }
  return fail(ErrorCode::kInvalidRequest, "'" + address.host + "' is not a numeric IP address");
}

void set_port(SocketAddress& address, std::uint16_t port) {
  if (address.family() == AF_INET) {
    reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = htons(port);
  }
}

Result<UniqueFd> bind_tcp(SocketAddress address, bool reuse_port) {
  UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_with_errno("cannot make a socket");
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (reuse_port) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(socket.get(), address.generic(), address.size) != 0) return fail_with_errno("cannot bind");
  return socket;
}

std::string peer_address(SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.family() == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&address.storage)->sin_addr, text.data(), text.size());
  } else if (address.family() == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_addr, text.data(),
              text.size());
  } else {
    return std::string(kUnixAddress);
  }
  return text.data();
}

// Nobody listens: connecting is refused.
bool is_stale(const sockaddr_un& address) {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

Result<> make_room(const std::string& path, const sockaddr_un& address) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return fail_with_errno("cannot look at '" + path + "'");
  }
  if (!S_ISSOCK(found.st_mode)) {
    return fail(ErrorCode::kConflict, "'" + path + "' is there and is not a socket: it is left alone");
  }
  if (!is_stale(address)) return fail(ErrorCode::kConflict, "another process listens on '" + path + "'");
  if (::unlink(path.c_str()) != 0) return fail_with_errno("cannot remove the stale socket '" + path + "'");
  return {};
}

// accept(2): errors that were pending on the connection that would have been the next.
bool is_of_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:  // a firewall rule
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET: return true;
    default: return false;
  }
}

}  // namespace

Result<std::vector<UniqueFd>> listen_tcp(const TcpAddress& address, std::size_t count) {
  Result<SocketAddress> where = resolve(address);
  if (!where) return std::unexpected(where.error());
  const std::string name = address.host + " port " + std::to_string(address.port);
  if (address.port != 0) {
    // Without SO_REUSEPORT a second process is refused; with it, both would get half of the connections each.
    const Result<UniqueFd> probe = bind_tcp(*where, false);
    if (!probe) return fail(ErrorCode::kConflict, name + ": " + probe.error().message());
  }
  std::vector<UniqueFd> sockets;
  while (sockets.size() < count) {
    Result<UniqueFd> socket = bind_tcp(*where, true);
    if (!socket) return fail(ErrorCode::kConflict, name + ": " + socket.error().message());
    if (::listen(socket->get(), kBacklog) != 0) return fail_with_errno("cannot listen on " + name);
    set_port(*where, local_port(socket->get()));
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

std::uint16_t local_port(int socket) {
  SocketAddress address;
  if (::getsockname(socket, address.generic(), &address.size) != 0) return 0;
  if (address.family() == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
  return ntohs(reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port);
}

Result<UniqueFd> listen_unix(const std::string& path, mode_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalidRequest, "the path of a Unix socket is 1 to " +
                                                std::to_string(sizeof address.sun_path - 1) + " bytes long");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const Result<> room = make_room(path, address);
  if (!room) return std::unexpected(room.error());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_with_errno("cannot make a socket");
  // The file gets the descriptor's mode, less the umask: never open to more than `mode`, not even for a
  // moment.
  if (::fchmod(socket.get(), mode) != 0) return fail_with_errno("cannot set the mode of '" + path + "'");
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail_with_errno("cannot bind '" + path + "'");
  }
  // And this gives back what the umask took.
  if (::chmod(path.c_str(), mode) != 0) return fail_with_errno("cannot set the mode of '" + path + "'");
  if (::listen(socket.get(), kBacklog) != 0) return fail_with_errno("cannot listen on '" + path + "'");
  return socket;
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat found;
  if (::lstat(path_.c_str(), &found) != 0) return;
  device_ = found.st_dev;
  inode_ = found.st_ino;
}

void SocketFile::remove() const {
  struct stat found;
  if (inode_ == 0 || ::lstat(path_.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) ::unlink(path_.c_str());
}

Accepted accept_from(int listener) {
  Accepted accepted;
  SocketAddress address;
  const int fd = ::accept4(listener, address.generic(), &address.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    accepted.state = errno == EAGAIN               ? Accepted::kNone
                     : is_of_one_connection(errno) ? Accepted::kFailed
                                                   : Accepted::kExhausted;
    return accepted;
  }
  accepted.state = Accepted::kConnection;
  accepted.socket = UniqueFd(fd);
  accepted.peer.address = peer_address(address);
  if (address.family() == AF_UNIX) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0)
      accepted.peer.uid = credentials.uid;
  } else {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return accepted;
}

}  // namespace hubwarden::net

#include "apps/git-credential-hubwarden/channel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "apps/git-credential-hubwarden/https_preface.h"
#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

std::unexpected<Error> away(std::string_view what, int error) {
  return fail(ErrorCode::kUnavailable, std::string(what) + ": " + std::strerror(error));
}

std::unexpected<Error> too_late() {
  return fail(ErrorCode::kUnavailable, "no answer in time");
}

// Milliseconds for poll(2), rounded up so that it does not return early again and again.
int remaining(SteadyPoint deadline, const Clock& clock) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.steady_now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

Result<void> poll_for(int fd, short events, SteadyPoint deadline, const Clock& clock) {
  pollfd waiting{fd, events, 0};
  while (true) {
    const int ready = poll(&waiting, 1, remaining(deadline, clock));
    if (ready > 0) return {};
    if (ready == 0) return too_late();
    if (errno != EINTR) return away("poll", errno);
  }
}

Result<UniqueFd> connect_to(const sockaddr* address, socklen_t size, SteadyPoint deadline,
                            const Clock& clock) {
  UniqueFd fd(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return away("socket", errno);
  while (connect(fd.get(), address, size) != 0) {
    if (errno == EINTR) continue;
    // A Unix socket whose queue is full says so at once: hubwarden is there but busy.
    if (errno != EINPROGRESS) return away("connect", errno);
    const Result<void> connected = poll_for(fd.get(), POLLOUT, deadline, clock);
    if (!connected) return std::unexpected(connected.error());
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return away("connect", error);
    break;
  }
  return fd;
}

Result<UniqueFd> connect_unix(const std::string& path, SteadyPoint deadline, const Clock& clock) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline, clock);
}

// The host has been checked to be loopback: no name is looked up, so that no resolver can lead elsewhere.
Result<UniqueFd> connect_loopback(const Address& to, SteadyPoint deadline, const Clock& clock) {
  if (to.host() == "::1") {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(to.port());
    address.sin6_addr = in6addr_loopback;
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline, clock);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(to.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (to.host() != "localhost") inet_pton(AF_INET, to.host().c_str(), &address.sin_addr);
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline, clock);
}

// Beside this program, whichever it is.
Result<std::string> https_program() {
  std::array<char, PATH_MAX> path;
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return away("/proc/self/exe", errno);
  const std::string_view self(path.data(), static_cast<std::size_t>(size));
  return std::string(self.substr(0, self.rfind('/') + 1)) + "git-credential-hubwarden-https";
}

// The program with one end of a socket pair as its standard input and output, and an empty environment.
Result<pid_t> spawn_https(const Settings& settings, int end) {
  const Result<std::string> program = https_program();
  if (!program) return std::unexpected(program.error());
  const bool has_file = !settings.ca_file.empty();
  std::string host = settings.address.host();
  std::string port = std::to_string(settings.address.port());
  std::string kind = has_file ? "file" : "dir";
  std::string trusted = has_file ? settings.ca_file : settings.ca_dir;
  std::string name = *program;
  const std::array<char*, 6> arguments = {name.data(), host.data(),    port.data(),
                                          kind.data(), trusted.data(), nullptr};
  const std::array<char*, 1> environment = {nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, end, STDOUT_FILENO);
  pid_t child = 0;
  const int error =
      posix_spawn(&child, name.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return std::unexpected(
        Error(ErrorCode::kUnavailable, name + ": " + std::strerror(error)).with_fix(Fix::kOperator));
  }
  return child;
}

}  // namespace

Channel::Channel(Channel&& other) noexcept
    : fd_(std::move(other.fd_)), clock_(other.clock_), child_(std::exchange(other.child_, 0)) {
}

Channel::~Channel() {
  if (child_ == 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

Result<Channel> Channel::open(const Settings& settings, SteadyPoint deadline, const Clock& clock) {
  const Address& address = settings.address;
  if (address.kind() == Address::Kind::kHttps) return open_https(settings, deadline, clock);
  Result<UniqueFd> fd = address.kind() == Address::Kind::kUnix ? connect_unix(address.path(), deadline, clock)
                                                               : connect_loopback(address, deadline, clock);
  if (!fd) return std::unexpected(fd.error());
  return Channel(std::move(*fd), clock);
}

Result<Channel> Channel::open_https(const Settings& settings, SteadyPoint deadline, const Clock& clock) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return away("socketpair", errno);
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  const Result<pid_t> child = spawn_https(settings, theirs.get());
  if (!child) return std::unexpected(child.error());
  Channel channel(std::move(ours), clock, *child);
  const Result<void> connected = channel.read_preface(deadline);
  if (!connected) return std::unexpected(connected.error());
  return channel;
}

// Byte by byte: what follows the line is hubwarden's.
Result<void> Channel::read_preface(SteadyPoint deadline) {
  std::string line;
  while (line.size() < kMaxHttpsPreface) {
    char next = 0;
    const Result<std::size_t> got = receive(std::span(&next, 1), deadline);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return fail(ErrorCode::kUnavailable, "git-credential-hubwarden-https ended early");
    if (next == '\n') break;
    line += next;
  }
  if (line == kHttpsConnected) return {};
  Error error(ErrorCode::kUnavailable, printable(line.empty() ? line : line.substr(1), kMaxHttpsPreface));
  if (!line.starts_with(kHttpsTryAgain)) error = std::move(error).with_fix(Fix::kOperator);
  return std::unexpected(std::move(error));
}

Result<void> Channel::wait_for(short events, SteadyPoint deadline) const {
  return poll_for(fd_.get(), events, deadline, *clock_);
}

Result<void> Channel::send(std::string_view bytes, SteadyPoint deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return away("send", errno);
    const Result<void> ready = wait_for(POLLOUT, deadline);
    if (!ready) return ready;
  }
  // The https program reads the request to its end; a server may take a half-closed connection for a closed
  // one.
  if (child_ != 0) shutdown(fd_.get(), SHUT_WR);
  return {};
}

Result<std::size_t> Channel::receive(std::span<char> into, SteadyPoint deadline) {
  while (true) {
    const Result<void> ready = wait_for(POLLIN, deadline);
    if (!ready) return std::unexpected(ready.error());
    const ssize_t got = recv(fd_.get(), into.data(), into.size(), 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) return away("recv", errno);
  }
}

}  // namespace hubwarden::git_credential

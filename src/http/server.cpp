#include "http/server.h"

#include "http/server_core.h"

namespace hubwarden::http {
namespace {

// Cut connections end within a turn of their loops; more means that a handler does not come back.
constexpr std::chrono::seconds kCutTime{1};

}  // namespace

Server::Server(net::Loops& loops, Handler& handler, const ServerParts& parts, const ServerOptions& options)
    : loops_(loops), parts_(parts), shared_(std::make_shared<ServerShared>(parts, options)) {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    cores_.push_back(std::make_shared<ServerCore>(loops_.executor(i), handler, shared_));
    net::post(loops_.executor(i), [core = cores_.back()] { core->start_ticking(); });
  }
}

Server::~Server() = default;

Result<std::uint16_t> Server::listen_tcp(const net::TcpAddress& address,
                                         std::shared_ptr<net::TlsServer> tls) {
  Result<std::vector<net::UniqueFd>> sockets = net::listen_tcp(address, cores_.size());
  if (!sockets) return std::unexpected(sockets.error());
  const std::uint16_t port = net::local_port(sockets->front().get());
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    cores_[i]->start_accepting(std::move((*sockets)[i]), tls, {cores_[i]});
  }
  return port;
}

Result<> Server::listen_unix(const std::string& path, mode_t mode) {
  Result<net::UniqueFd> socket = net::listen_unix(path, mode);
  if (!socket) return std::unexpected(socket.error());
  socket_files_.lock()->emplace_back(path);
  const ServerCore::Targets everyone(cores_.begin(), cores_.end());
  cores_.front()->start_accepting(std::move(*socket), nullptr, everyone);
  return {};
}

Task<std::size_t> Server::stop(Duration grace) {
  shared_->begin_stop();
  for (const auto& core : cores_) {
    net::post(core->executor(), [core] { core->stop_accepting(); });
  }
  for (const net::SocketFile& file : *socket_files_.lock()) file.remove();
  const SteadyPoint end =
      parts_.clock.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(grace);
  const bool in_time = co_await shared_->all_closed.wait_until(parts_.timers, end);
  if (!in_time) {
    for (const auto& core : cores_) {
      net::post(core->executor(), [core] { core->cut_all(); });
    }
    co_await shared_->all_closed.wait_until(parts_.timers, end + kCutTime);
  }
  co_return shared_->open();
}

std::size_t Server::open_connections() const {
  return shared_->open();
}

}  // namespace hubwarden::http

#pragma once

// For tests: a server that says exactly the bytes that a test tells it to, over TCP or TLS, and certificates
// made on the fly. Blocking sockets, a thread for each connection; nothing of it is shared with what it
// tests.
//
//   ScriptServer server([](Connection& peer) {
//     peer.read_head();
//     peer.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut");
//   });
//   get(server.url("/"));

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"

namespace hubwarden::http::testing {

// One accepted connection. Reads and writes end quietly when the other side is gone.
class Connection {
 public:
  Connection(int socket, SSL_CTX* tls) : socket_(socket) {
    // A test that waits for bytes that never come shall fail, not hang.
    const timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (tls == nullptr) return;
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), socket_);
    usable_ = SSL_accept(ssl_.get()) == 1;
  }
  // TLS says goodbye, so it goes first: the descriptor is another connection's at once.
  ~Connection() {
    ssl_.reset();
    ::close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False after a handshake that failed.
  bool usable() const { return usable_; }
  int socket() const { return socket_; }

  // Bytes read; 0 at the end.
  std::size_t read(char* into, std::size_t size) {
    if (!rest_.empty()) {
      const std::size_t count = rest_.copy(into, size);
      rest_.erase(0, count);
      return count;
    }
    return receive(into, size);
  }
  // Request line and fields with the empty line; empty at the end.
  std::string read_head() {
    for (;;) {
      const std::size_t end = rest_.find("\r\n\r\n");
      if (end != std::string::npos) {
        std::string head = rest_.substr(0, end + 4);
        rest_.erase(0, end + 4);
        return head;
      }
      char piece[4096];
      const std::size_t count = receive(piece, sizeof piece);
      if (count == 0) return {};
      rest_.append(piece, count);
    }
  }
  std::string read_exactly(std::size_t size) {
    std::string text;
    char piece[4096];
    while (text.size() < size) {
      const std::size_t count = read(piece, std::min(sizeof piece, size - text.size()));
      if (count == 0) break;
      text.append(piece, count);
    }
    return text;
  }
  bool write(std::string_view text) {
    while (!text.empty()) {
      const long count = send_some(text);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  // As write(2); with a send timeout set, -1 and EAGAIN when nothing could be sent in that time.
  long send_some(std::string_view text) {
    if (ssl_) return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  // Until the other side closes; what it still says is dropped.
  void wait_for_close() {
    char piece[4096];
    while (read(piece, sizeof piece) > 0) continue;
  }
  // Answers every request of the connection alike.
  void answer_all(std::string_view answer) {
    while (!read_head().empty()) write(answer);
  }

 private:
  struct SslDeleter {
    void operator()(SSL* ssl) const {
      SSL_shutdown(ssl);
      SSL_free(ssl);
    }
  };

  std::size_t receive(char* into, std::size_t size) {
    const long count =
        ssl_ ? SSL_read(ssl_.get(), into, static_cast<int>(size)) : ::recv(socket_, into, size, 0);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  int socket_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  bool usable_ = true;
  std::string rest_;
};

class ScriptServer {
 public:
  using Session = std::function<void(Connection&)>;

  // With `tls`, which stays the caller's, it speaks TLS.
  explicit ScriptServer(Session session, SSL_CTX* tls = nullptr)
      : session_(std::move(session)), tls_(tls), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    HW_CHECK(::bind(listener_, any, size) == 0 && ::listen(listener_, 512) == 0);
    HW_CHECK(::getsockname(listener_, any, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ScriptServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard hold(mutex_);
      for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }
  ScriptServer(const ScriptServer&) = delete;
  ScriptServer& operator=(const ScriptServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path) const {
    return std::string(tls_ != nullptr ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) +
           std::string(path);
  }
  int accepted() const { return accepted_; }
  // So many connections have been served to their end.
  void wait_until_closed(int count) {
    for (int closed = closed_; closed < count; closed = closed_) closed_.wait(closed);
  }

 private:
  void accept_all() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      ++accepted_;
      const std::lock_guard hold(mutex_);
      open_.push_back(socket);
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  }
  void serve(int socket) {
    auto peer = std::make_unique<Connection>(socket, tls_);
    if (peer->usable()) session_(*peer);
    const std::lock_guard hold(mutex_);
    std::erase(open_, socket);
    peer.reset();
    ++closed_;
    closed_.notify_all();
  }

  Session session_;
  SSL_CTX* tls_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::atomic<int> closed_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

inline std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace hubwarden::http::testing

#pragma once

// For the server's tests: a server on one real loop whose time stands still, and a client that blocks.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "http/server.h"
#include "http/server_test_handler.h"
#include "net/unique_fd.h"
#include "obs/capturing_log.h"

namespace hubwarden::http {

// A clock and its timers that move when told, for servers on other threads.
class SteppedTime final : public Clock, public net::Timers {
 public:
  TimePoint now() const override {
    const std::lock_guard lock(mutex_);
    return TimePoint(std::chrono::hours(24 * 365 * 50)) +
           std::chrono::duration_cast<TimePoint::duration>(passed_);
  }
  SteadyPoint steady_now() const override {
    const std::lock_guard lock(mutex_);
    return SteadyPoint(std::chrono::duration_cast<SteadyPoint::duration>(passed_));
  }

  Ticket call_at(const net::Executor& executor, SteadyPoint when, Callback callback) override {
    const std::lock_guard lock(mutex_);
    due_.emplace(std::pair(when, ++last_), std::pair(executor, std::move(callback)));
    return last_;
  }
  void cancel(Ticket ticket) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(due_, [ticket](const auto& entry) { return entry.first.second == ticket; });
  }

  // In steps, so that what falls due can set the next timer; after each the loops have run what was due.
  void advance(Duration by, net::Loops& loops) {
    constexpr Duration kStep = std::chrono::milliseconds(500);
    for (Duration left = by; left > Duration::zero(); left -= kStep) {
      step(std::min(left, kStep));
      for (std::size_t i = 0; i < loops.size(); ++i) net::block_on(loops.executor(i), nothing());
    }
  }

 private:
  static Task<> nothing() { co_return; }

  void step(Duration by) {
    const std::lock_guard lock(mutex_);
    passed_ += by;
    const SteadyPoint now(std::chrono::duration_cast<SteadyPoint::duration>(passed_));
    while (!due_.empty() && due_.begin()->first.first <= now) {
      auto next = due_.extract(due_.begin());
      net::post(next.mapped().first, std::move(next.mapped().second));
    }
  }

  mutable std::mutex mutex_;
  Duration passed_{0};
  std::map<std::pair<SteadyPoint, Ticket>, std::pair<net::Executor, Callback>> due_;
  Ticket last_ = 0;
};

struct Answer {
  Answer() = default;
  int status = 0;
  std::string head;
  std::string body;

  bool has(const std::string& line) const { return head.find("\r\n" + line + "\r\n") != std::string::npos; }
};

// A socket whose calls block, though not longer than a broken test may take.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  explicit TestClient(const sockaddr_in6& address)
      : socket_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  explicit TestClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }

  bool is_connected() const { return connected_; }
  int fd() const { return socket_.get(); }

  // False when the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  // As much as goes without blocking.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t put = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return put > 0 ? static_cast<std::size_t>(put) : 0;
  }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

  // One answer: with its length, chunked (decoded), or up to the end.
  Answer receive(bool without_body = false) {
    Answer answer;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!fill()) return answer;
    }
    const std::size_t end = buffer_.find("\r\n\r\n") + 4;
    answer.head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    answer.status = std::stoi(answer.head.substr(9, 3));
    if (without_body || answer.status == 100 || answer.status == 204 || answer.status == 304) return answer;
    if (answer.has("Transfer-Encoding: chunked")) {
      receive_chunks(answer.body);
    } else if (const std::size_t at = answer.head.find("Content-Length: "); at != std::string::npos) {
      const std::size_t length = std::stoul(answer.head.substr(at + 16));
      while (buffer_.size() < length && fill()) {
      }
      answer.body = take(length);
    } else {
      answer.body = receive_rest();
    }
    return answer;
  }

  std::string receive_rest() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
  }
  // Nothing more comes, and the peer has closed.
  bool is_closed() { return receive_rest().empty() && !failed_; }

 private:
  void connect(const sockaddr* address, socklen_t size) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    connected_ = ::connect(socket_.get(), address, size) == 0;
  }

  bool fill() {
    char piece[16384];
    const ssize_t got = ::recv(socket_.get(), piece, sizeof piece, 0);
    if (got < 0) failed_ = errno != ECONNRESET;
    if (got > 0) buffer_.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }

  std::string take(std::size_t size) {
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }

  void receive_chunks(std::string& body) {
    for (;;) {
      while (buffer_.find("\r\n") == std::string::npos) {
        if (!fill()) return;
      }
      const std::size_t size = std::stoul(buffer_, nullptr, 16);
      take(buffer_.find("\r\n") + 2);
      while (buffer_.size() < size + 2) {
        if (!fill()) return;
      }
      body += take(size);
      take(2);
      if (size == 0) return;
    }
  }

  net::UniqueFd socket_;
  std::string buffer_;
  bool connected_ = false;
  bool failed_ = false;
};

inline std::string get_request(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n";
}

inline std::string post_request(const std::string& path, const std::string& body,
                                const std::string& fields = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + fields + "\r\n" + body;
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() { loops_.start(); }
  ~ServerTest() override {
    handler_.released.set();
    if (server_) stop(std::chrono::seconds(1));
    loops_.stop();
  }

  std::uint16_t listen(ServerOptions options = ServerOptions()) {
    server_.emplace(loops_, handler_, ServerParts{time_, time_, random_, log_, metrics_}, options);
    return server_->listen_tcp(net::TcpAddress("127.0.0.1", 0)).value();
  }
  void advance(Duration by) { time_.advance(by, loops_); }
  // Stopping waits for time to pass, so it is made to.
  std::size_t stop(Duration grace) {
    std::promise<std::size_t> left;
    net::spawn(loops_.executor(0), stop_server(*server_, grace, left), [](std::exception_ptr) { FAIL(); });
    auto future = left.get_future();
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      advance(std::chrono::milliseconds(500));
    return future.get();
  }
  static Task<> stop_server(Server& server, Duration grace, std::promise<std::size_t>& left) {
    const std::size_t count = co_await server.stop(grace);
    left.set_value(count);
  }
  std::uint64_t counted(std::string_view name) { return metrics_.counter(name, "").value(); }

  SteppedTime time_;
  SystemRandom random_;
  obs::CapturingLog log_;
  obs::Metrics metrics_;
  net::Loops loops_{1};
  TestHandler handler_{time_};
  std::optional<Server> server_;
};

}  // namespace hubwarden::http
